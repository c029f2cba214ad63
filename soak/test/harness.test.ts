import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TicketStore } from "@evenmatch/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { describeViolations, withSeed } from "@evenmatch/testkit";
import { BotsProcess } from "../src/cluster/bots-process.js";
import type { Mix } from "../src/cluster/ground.js";
import { bundlePrograms, run } from "../src/cluster/run.js";
import { Calls } from "../src/server/calls.js";
import type { Breakage } from "./broken.js";
import { memoryGround } from "./memory-ground.js";

const crowd = { clients: 300, perSecond: 300 };

describe("a run of real processes", { timeout: 120_000 }, () => {
  it("finds nothing wrong with an honest store, and says that a calm run does not count", async () => {
    await withSeed(async (seed) => {
      const report = await run({ kind: memoryGround(), seed, crowd });
      expect(report.flaws).toEqual([]);
      expect(describeViolations(report.verdict)).toBe("");
      expect(report.verdict.counts.matched).toBeGreaterThan(100);
      expect(report.ok).toBe(false);
      expect(report.shortfalls).toEqual([
        expect.stringMatching(/^a run counts from 2000 tickets, not /),
        "a run counts from 3 faults that hit joins and claims in flight, not 0",
      ]);
    });
  });

  it("has people come until the last fault is over, and some after it", async () => {
    await withSeed(async (seed) => {
      const calm = memoryGround();
      const strike = () => pause(3_000);
      const kind = {
        ...calm,
        mixes: [{ name: "slow", faults: { slow: 1 } }],
        open: async (mix: Mix) => ({ ...(await calm.open(mix)), strike }),
      };
      const { verdict } = await run({ kind, seed, crowd });
      expect(describeViolations(verdict)).toBe("");
      expect(verdict.counts.tickets).toBeGreaterThan(2 * crowd.clients);
    });
  });

  it.each([
    ["forgets leaves", "leftMatched"],
    ["loses joins", "lost"],
  ] satisfies [Breakage, string][])("finds that a store %s", async (broken, rule) => {
    await withSeed(async (seed) => {
      const { verdict, flaws } = await run({ kind: memoryGround(broken), seed, crowd });
      expect(flaws.filter((flaw) => flaw.includes("never content"))).toEqual([]);
      expect(verdict.ok).toBe(false);
      expect(verdict.violations.map((violation) => violation.rule)).toContain(rule);
    });
  });
});

it.each([true, undefined])(
  "the counted calls are made as the store takes them: coalesces %s",
  (coalesces) => {
    const store = { coalesces } as TicketStore;
    expect(new Calls().tickets(store).coalesces).toBe(coalesces ?? false);
  },
);

describe("the callers' process", { timeout: 60_000 }, () => {
  it("loses no order of those that came before it listened", async () => {
    const bots = await callers();
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    bots.say({ type: "play", seed: 1, crowd });
    bots.say({ type: "server", port: (server.address() as AddressInfo).port });
    const [socket] = (await once(server, "connection")) as [{ destroy(): void }];
    socket.destroy();
  });

  it("says what keeps it from being content", async () => {
    const bots = await callers();
    expect(bots.standing).toContain("has not begun");
    await vi.waitFor(() => expect(bots.standing).toContain("know of no order to play"), 30_000);
    bots.say({ type: "play", seed: 1, crowd });
    await vi.waitFor(
      () =>
        expect(bots.standing).toMatch(
          /^\d+ callers were never content, with connections to 0 server processes$/,
        ),
      30_000,
    );
  });

  async function callers(): Promise<BotsProcess> {
    const folder = await mkdtemp(join(tmpdir(), "evenmatch-callers-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const bots = new BotsProcess((await bundlePrograms(memoryGround())).bots, join(folder, "bots.jsonl"));
    onTestFinished(() => bots.close());
    return bots;
  }
});
