import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../src/history/history.js";
import { appendHistory, mergeHistories, readHistory, writeHistory } from "../../src/history/log.js";
import { soundStory } from "./story.js";

const folder = mkdtempSync(join(tmpdir(), "evenmatch-history-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("history logs", () => {
  it("come back as they were written", async () => {
    const { entries } = soundStory();
    const path = join(folder, "whole.jsonl");
    writeHistory(path, entries.slice(0, 5));
    appendHistory(path, ...entries.slice(5));
    expect(await readHistory(path)).toEqual(entries);
  });

  it("of several processes become one, by time", async () => {
    const { entries } = soundStory();
    const paths = ["a", "b"].map((process) => {
      const path = join(folder, `${process}.jsonl`);
      writeHistory(
        path,
        entries.filter((entry) => entry.process === process),
      );
      return path;
    });
    expect(await readHistory(...paths)).toEqual(entries);
  });

  it("leave out the line that a killed process was writing", async () => {
    const { entries } = soundStory();
    const path = join(folder, "cut.jsonl");
    writeHistory(path, entries);
    appendFileSync(path, '{"type":"called","at":9');
    expect(await readHistory(path)).toEqual(entries);
  });

  it.each(["{", "null", '{"type":"match"}'])("refuse the line %s", async (line) => {
    const path = join(folder, "wrong.jsonl");
    writeHistory(path, soundStory().entries.slice(0, 2));
    appendFileSync(path, `${line}\n`);
    await expect(readHistory(path)).rejects.toThrow(`wrong.jsonl:3 is no entry of a history: ${line}`);
  });

  it("keep the order of a process whose clock was set back", () => {
    const entry = (process: string, at: number): HistoryEntry => ({
      type: "unanswered",
      at,
      process,
      call: `${process}${at}`,
    });
    const merged = mergeHistories(
      [entry("a", 5), entry("a", 3), entry("a", 9)],
      [entry("b", 4), entry("b", 6)],
    );
    expect(merged.map((one) => (one as { call: string }).call)).toEqual(["b4", "a5", "a3", "b6", "a9"]);
  });
});
