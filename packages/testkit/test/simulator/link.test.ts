import { MemoryTicketStore, type Millis } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/clock/manual-clock.js";
import { join, START, ticket } from "../../src/contract/ticket-store/making.js";
import { rng } from "../../src/random/seeded.js";
import { FaultPlan, type FaultOptions } from "../../src/simulator/faults.js";
import { Link } from "../../src/simulator/link.js";
import { Network } from "../../src/simulator/network.js";

const NONE = { fails: 0, losesAnswer: 0, delays: 0, repeats: 0 };

/** What comes of one join: what its caller sees after how long, and how often the store sees it. */
interface Seen {
  readonly answer: string;
  readonly after: Millis;
  readonly calls: number;
  readonly counts: Network["callFaults"];
}

async function joinOver(faults: FaultOptions, seed: number, before?: (link: Link) => void): Promise<Seen> {
  const clock = new ManualClock();
  const chance = rng(seed);
  const network = new Network(clock, new FaultPlan({}, chance, START, 0), 3_000);
  let calls = 0;
  class Counting extends MemoryTicketStore {
    override submit(
      ...args: Parameters<MemoryTicketStore["submit"]>
    ): ReturnType<MemoryTicketStore["submit"]> {
      calls++;
      return super.submit(...args);
    }
  }
  const link = new Link({
    process: "p",
    connection: { tickets: new Counting() },
    network,
    clock,
    rng: chance,
    faults,
    kill: () => {},
  });
  const start = clock.now();
  let [answer, after] = ["none", Infinity];
  const see = (what: string): void => void ([answer, after] = [what, clock.now() - start]);
  link.submit([join(ticket("ann"))], { now: START }).then(
    ([outcome]) => see(outcome?.type ?? "nothing"),
    (error: unknown) => see(String(error).includes("never arrived") ? "never arrived" : "answer lost"),
  );
  before?.(link);
  await clock.advance(2_500);
  return { answer, after, calls, counts: network.callFaults };
}

describe.each([1, 2, 3])("the wire, seed %i", (seed) => {
  it.each<[string, FaultOptions, Partial<Seen>]>([
    ["carries a call where nothing fails", {}, { answer: "added", calls: 1, counts: NONE }],
    [
      "fails a call before it arrives",
      { fails: 1 },
      { answer: "never arrived", calls: 0, counts: { ...NONE, fails: 1 } },
    ],
    [
      "loses an answer",
      { losesAnswer: 1 },
      { answer: "answer lost", calls: 1, counts: { ...NONE, losesAnswer: 1 } },
    ],
    [
      "has a call arrive twice, and its first answer count",
      { repeats: 1 },
      { answer: "added", calls: 2, counts: { ...NONE, repeats: 1 } },
    ],
  ])("%s", async (_, faults, seen) => {
    const { after, ...rest } = await joinOver(faults, seed);
    expect(rest).toEqual(seen);
    expect(after).toBeLessThanOrEqual(16);
  });

  it("holds a call up for up to a second", async () => {
    const { after, ...rest } = await joinOver({ delays: 1 }, seed);
    expect(rest).toEqual({ answer: "added", calls: 1, counts: { ...NONE, delays: 1 } });
    expect(after).toBeGreaterThan(16);
    expect(after).toBeLessThanOrEqual(1_008);
  });

  it("counts no fault of a call that was over before", async () => {
    const { counts } = await joinOver({ fails: 1, losesAnswer: 1 }, seed, (link) => link.cut(100));
    expect(counts).toEqual(NONE);
  });
});
