import type { BusEvent } from "@evenmatch/core";
import { decodeEvent } from "@evenmatch/core/adapter";

/** An event as the log has it, under the id that the server gave it. */
export interface Entry {
  readonly id: string;
  readonly text: string;
  /** Missing for text that is no event of a version that is known here. */
  readonly event: BusEvent | undefined;
  /** Written so that the log has a place to begin at; nobody is told of it. */
  readonly isMark: boolean;
}

/** The fields under which an entry holds the text of an event, or says that it is a mark. */
export const EVENT_FIELD = "e";
export const MARK_FIELD = "mark";

/** An entry as the server answers with it: its id, then names and values in turn. */
export type RawEntry = [id: string, fields: string[]];

export function entryOf([id, [field, value = "", ...rest]]: RawEntry): Entry {
  if (field === MARK_FIELD) return { id, text: "", event: undefined, isMark: true };
  if (field === EVENT_FIELD) return { id, text: value, event: decoded(value), isMark: false };
  return { id, text: [field, value, ...rest].join(" "), event: undefined, isMark: false };
}

/** The event that a text is; `undefined` for text that is none of a version that is known here. */
export function decoded(text: string): BusEvent | undefined {
  try {
    return decodeEvent(text);
  } catch {
    return undefined;
  }
}

/** Less than 0 where the first id is older. */
export function compareIds(one: string, other: string): number {
  const [[time, count], [otherTime, otherCount]] = [partsOf(one), partsOf(other)];
  return time - otherTime || count - otherCount;
}

/** The id right before another, which no entry needs to have. */
export function idBefore(id: string): string {
  const [time, count] = partsOf(id);
  return count > 0 ? `${time}-${count - 1}` : `${time - 1}-18446744073709551615`;
}

function partsOf(id: string): [number, number] {
  const [time, count] = id.split("-").map(Number);
  return [time ?? 0, count ?? 0];
}
