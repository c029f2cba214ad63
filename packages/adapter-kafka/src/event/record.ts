import type { BusEvent } from "@evenmatch/core";
import { decodeEvent, encodeEvent, nameOf } from "@evenmatch/core/adapter";
import type { RecordRead, RecordToSend } from "../connection/driver.js";

/** An event as the topic has it: its key is the name of its pool, so a pool has its events in one partition, in order. */
export function recordOf(event: BusEvent): RecordToSend {
  const value = encodeEvent(event);
  return event.pool === undefined ? { key: null, value, partition: 0 } : { key: nameOf(event.pool), value };
}

/** A record of the topic of events. */
export interface Entry {
  readonly partition: number;
  readonly record: RecordRead;
  /** Missing for what is no event of a version that is known here. */
  readonly event: BusEvent | undefined;
}

export function entryOf(record: RecordRead, partition: number): Entry {
  return { partition, record, event: record.value === null ? undefined : decoded(record.value) };
}

function decoded(value: Buffer): BusEvent | undefined {
  try {
    return decodeEvent(value.toString());
  } catch {
    return undefined;
  }
}
