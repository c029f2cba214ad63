import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("npm run soak", { timeout: 60_000 }, () => {
  it("runs, prints one line for programs, and succeeds", async () => {
    const { code, stdout, stderr } = await soak("memory", "--runs", "1", "--seed", "1", "--json");
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("seed 1: sound") as string,
    });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const line = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(line)).toEqual([
      "tickets",
      "matched",
      "left",
      "expired",
      "lost",
      "doubled",
      "forgotten",
      "undone",
      "kills",
      "cuts",
      "seed",
      "ok",
    ]);
    expect(line).toMatchObject({ lost: 0, doubled: 0, seed: 1, ok: true });
    expect(line["tickets"]).toBeGreaterThan(2_000);
    expect(line["kills"]! + line["cuts"]!).toBeGreaterThanOrEqual(3);
  });

  it("says how it is used", async () => {
    const { code, stdout, stderr } = await soak("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const word of [
      "usage: npm run soak",
      "--runs",
      "--seconds",
      "--seed",
      "--mix",
      "--json",
      "memory, log",
    ])
      expect(stdout).toContain(word);
  });

  it.each([
    [[], "name one store: memory, log, postgres, redis"],
    [["memory", "log"], "name one store: memory, log, postgres, redis"],
    [["files"], 'there is no soak for "files"; there is one for memory, log, postgres, redis, kafka'],
    [["toString"], 'there is no soak for "toString"'],
    [["memory", "--runs", "0"], '--runs is a whole number from 1 to 1000000, not "0"'],
    [["memory", "--seconds", "soon"], '--seconds is a whole number from 1 to 86400, not "soon"'],
    [["memory", "--seed=-1"], '--seed is a whole number from 0 to 4294967295, not "-1"'],
    [["memory", "--fast"], "--fast"],
    [
      ["redis", "--mix", "kills"],
      'there is no mix "kills" on redis; there is always, everysec, none, replica',
    ],
    [["memory", "--mix", "kills"], 'there is no mix "kills" on memory; there is none'],
    [
      ["postgres", "--mix", "power"],
      'there is no mix "power" on postgres; there is kills, backends, restarts',
    ],
  ])("refuses %j with a clear word", async (args, message) => {
    const { code, stdout, stderr } = await soak(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("usage: npm run soak");
  });
});

async function soak(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=evenmatch-source", CLI, ...args], {
    cwd: ROOT,
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout: stdout!(), stderr: stderr!() };
}
