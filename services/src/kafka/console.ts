import { rm } from "node:fs/promises";
import { temporaryDirectory } from "../process/account.js";
import { run } from "../process/run.js";
import type { Brokers } from "./client.js";
import { QUICK } from "./files.js";
import { obtainKafka, type KafkaFlavour, type KafkaPlaces } from "./installation.js";

/** How to read a topic. */
export interface ConsoleOptions {
  /** Whether to see what no transaction has committed. Default `read_committed`. */
  isolation?: "read_committed" | "read_uncommitted";
  /** Ends after so many records, without waiting whether there are more. */
  count?: number;
  /**
   * Ends after so long without a record, in ms, which includes the time to connect. Default 5,000; with a `count`, at which
   * it ends by itself, 60,000.
   */
  quietMs?: number;
  /** Only this partition; default all, in no order between them. */
  partition?: number;
  /** Where to look for the program; it is that of the broker's flavour. */
  places?: KafkaPlaces;
}

/** A record as the console consumer tells it, as text. */
export interface ConsoleRecord {
  partition: number;
  offset: number;
  /** Null where the record has none. */
  key: string | null;
  /** Null for a tombstone. */
  value: string | null;
  headers: Record<string, string | null>;
}

// Signs that no text holds, between the parts of a record, between headers, after a record, and for what is null.
const [PART, HEADER, END, NULL] = ["\u001f", "\u001d", "\u001e", "\u001a"];

const FORMAT = {
  "print.partition": true,
  "print.offset": true,
  "print.headers": true,
  "print.key": true,
  "print.value": true,
  "key.separator": PART,
  "headers.separator": HEADER,
  "line.separator": END,
  "null.literal": NULL,
};

/**
 * Reads a topic, or all whose names match a pattern, from its beginning with the console consumer that comes with Kafka: what others than us see.
 *
 * @param server a broker, or anything with the addresses and the flavour of one
 * @throws Error where there are fewer than `count` records, or no programs of Kafka
 */
export async function consoleConsumer(
  server: Brokers & { readonly flavour: KafkaFlavour },
  topic: string | RegExp,
  options: ConsoleOptions = {},
): Promise<ConsoleRecord[]> {
  const { isolation = "read_committed", count, partition, places } = options;
  const { quietMs = count === undefined ? 5_000 : 60_000 } = options;
  const installation = await obtainKafka(server.flavour, places);
  const logs = await temporaryDirectory("kafka-console", undefined);
  try {
    const { command, env } = installation.program("consumer", { logs, java: QUICK });
    const [program = "", ...first] = command;
    const from = partition === undefined ? [] : ["--partition", `${partition}`, "--offset", "earliest"];
    const said = await run(
      program,
      [
        ...first,
        ...[
          "--bootstrap-server",
          server.brokers.join(","),
          ...(typeof topic === "string" ? ["--topic", topic] : ["--include", topic.source]),
        ],
        ...["--isolation-level", isolation, "--timeout-ms", `${quietMs}`],
        ...(partition === undefined ? ["--from-beginning"] : from),
        ...(count === undefined ? [] : ["--max-messages", `${count}`]),
        ...Object.entries(FORMAT).flatMap(([name, value]) => ["--property", `${name}=${value}`]),
      ],
      { env },
    );
    const records = said.split(END).slice(0, -1).map(recordOf);
    if (records.length < (count ?? 0))
      throw new Error(
        `${String(topic)} gave ${records.length} records of ${count}, then nothing for ${quietMs} ms`,
      );
    return records;
  } finally {
    await rm(logs, { recursive: true });
  }
}

function recordOf(line: string): ConsoleRecord {
  const [partition = "", offset = "", headers = "", key = "", value = ""] = line.split(PART);
  return {
    partition: Number(partition.replace("Partition:", "")),
    offset: Number(offset.replace("Offset:", "")),
    headers: headers === "NO_HEADERS" ? {} : Object.fromEntries(headers.split(HEADER).map(headerOf)),
    key: textOf(key),
    value: textOf(value),
  };
}

function headerOf(text: string): [name: string, value: string | null] {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), textOf(text.slice(colon + 1))];
}

function textOf(text: string): string | null {
  return text === NULL ? null : text;
}
