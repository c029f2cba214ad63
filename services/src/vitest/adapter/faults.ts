import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { EvenmatchError } from "@evenmatch/core";
import { expect, test, vi } from "vitest";

/** A row of the table in the docs. */
export interface Row {
  readonly fault: string;
  /** `undefined` where callers see no error at all. */
  readonly code: EvenmatchError["code"] | undefined;
  readonly retryable: boolean;
  readonly recovers: string;
}

/** A table of faults in the docs, and the tests of its rows. */
export interface FaultTable {
  readonly rows: () => Row[];
  /** A test of one row. */
  readonly fault: (name: string, run: (row: Row) => Promise<void>) => void;
}

/** The table of a page of the docs. */
export function faultTable(page: URL): FaultTable {
  const rows = (): Row[] => {
    const lines = readFileSync(page, "utf8").split("\n");
    const cells = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").slice(1, -1));
    return cells.slice(2).map((texts) => {
      const [fault, code, retryable, recovers] = texts.map((text) => text.trim()) as [
        string,
        string,
        string,
        string,
      ];
      const isCode = /^`([A-Z_]+)`$/.exec(code)?.[1] as EvenmatchError["code"] | undefined;
      return { fault, code: isCode, retryable: retryable === "yes", recovers };
    });
  };
  const fault: FaultTable["fault"] = (name, run) => {
    test(name, { timeout: PATIENCE }, async () => {
      const row = rows().find((one) => one.fault === name);
      if (!row) throw new Error(`${page.pathname.split("/").slice(-2).join("/")} has no row "${name}"`);
      await run(row);
    });
  };
  return { rows, fault };
}

/**
 * A test that each row of a table is a test below a folder, and that there are more than so many: a row that nobody tests
 * is a promise that nobody keeps. A test without a row fails by itself.
 */
export function everyRowIsTested({ rows }: FaultTable, folder: URL, least: number): void {
  test("every row of the docs is a test", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const sources = files
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(new URL(file, folder), "utf8"))
      .join("\n");
    const tested = [...sources.matchAll(/\bfault\(\s*"(.+)",\s*async/g)].map(([, name]) => name);
    const described = rows().map(({ fault }) => fault);
    expect(tested.length).toBeGreaterThan(least);
    expect(new Set(described).size).toBe(described.length);
    expect(tested.sort()).toEqual(described.sort());
  });
}

/** Calls of the ports, by name. */
export type Calls = Record<string, () => Promise<unknown>>;

/** How long a test may take, in ms: what does not end is told by its name before that. */
const PATIENCE = 120_000;
const ENDS_WITHIN = 25_000;

/** Rejects when something has not ended in time, which says what it was. */
export async function ends<T>(name: string, running: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = pause(ENDS_WITHIN, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${name} has not ended for ${ENDS_WITHIN} ms`);
  });
  // Once it has ended, nobody waits for this.
  late.catch(() => {});
  return Promise.race([running, late]).finally(() => over.abort());
}

/** Each call is refused as the row says; returns the errors by name. */
export async function refused(row: Row, calls: Calls): Promise<Record<string, EvenmatchError>> {
  const errors: Record<string, EvenmatchError> = {};
  for (const [name, call] of Object.entries(calls)) {
    const error: unknown = await ends(name, call()).then(
      () => expect.fail(`${name}: expected ${row.code}, and it resolved`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof EvenmatchError)) throw error;
    expect([name, error.code, error.retryable], error.message).toEqual([name, row.code, row.retryable]);
    errors[name] = error;
  }
  return errors;
}

/** Each call does its work. */
export async function works(calls: Calls): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    await ends(name, call()).catch((cause: unknown) => {
      throw new Error(`${name} does not work`, { cause });
    });
  }
}

/** Each call does its work before long: the driver may be about to connect again, or may not have noticed yet. */
export async function worksAgain(calls: Calls): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    let last: unknown;
    const attempt = (): Promise<boolean> =>
      call().then(
        () => true,
        (error: unknown) => {
          last = error;
          return false;
        },
      );
    await vi.waitUntil(attempt, { timeout: 30_000, interval: 20 }).catch(() => {
      throw new Error(`${name} does not work again`, { cause: last });
    });
  }
}
