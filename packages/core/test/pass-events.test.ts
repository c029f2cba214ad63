import {
  defineStrategy,
  Fifo,
  MemoryMatchStore,
  MemoryTicketStore,
  OneVsOne,
  type Match,
  type MatchStore,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

/** A clock by whose stopwatch a quarter of a millisecond is over at every look. */
class Ticking extends ManualClock {
  #looks = 0;
  override stopwatch(): number {
    return 0.25 * this.#looks++;
  }
}

/** A store to which a player has left when the first claims come, without the owner of the pool having heard. */
class Overtaken extends MemoryTicketStore {
  leaver: string | undefined;
  readonly claimed: Match[] = [];

  override async decide(
    ...[lease, decisions, options]: Parameters<MemoryTicketStore["decide"]>
  ): ReturnType<MemoryTicketStore["decide"]> {
    for (const one of decisions) if (one.type === "claim") this.claimed.push(one.match);
    if (this.leaver !== undefined) await this.submit([{ type: "leave", ticketId: this.leaver }], options);
    this.leaver = undefined;
    return super.decide(lease, decisions, options);
  }
}

describe("a pass tells", () => {
  it("which tickets were new to the strategy, what it proposed, and which matches came of it", async () => {
    const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
    const { matchmaker, clock } = await world({ queues, clock: new Ticking() });
    const passes = heard(matchmaker, "pass");
    const settled = heard(matchmaker, "match.settled");
    const far = await matchmaker.join("duel", solo("far", 9_000));
    const ann = await matchmaker.join("duel", solo("ann"));
    const bob = await matchmaker.join("duel", solo("bob"));
    await clock.settle();
    expect(settled).toHaveLength(1);
    const { id, teams, quality } = settled[0]!.match;
    const idle = { proposals: [], won: [], lost: [], tookMs: 0.25, nextChange: Infinity };
    expect(passes).toEqual([
      { ...idle, cause: "gained", waiting: 0, dirty: [] },
      { ...idle, cause: "change", waiting: 1, dirty: [far] },
      { ...idle, cause: "change", waiting: 2, dirty: [ann] },
      { ...idle, cause: "change", waiting: 3, dirty: [bob], proposals: [{ teams, quality }], won: [id] },
    ]);
  });

  it("which claims were lost and who was gone, and then who came back because of it", async () => {
    const clock = new ManualClock();
    const tickets = new Overtaken({ clock });
    const queues = { duel: { strategy: new Fifo(), waveMs: 1_000 } };
    const { matchmaker } = await world({ queues, tickets, clock });
    const passes = heard(matchmaker, "pass");
    const joined = ["ann", "bob", "cid", "dee"].map((id) => matchmaker.join("duel", solo(id)));
    const [ann, bob, ...others] = await Promise.all(joined);
    tickets.leaver = bob!.id;
    await clock.advance(2_000);
    const [lost, won] = tickets.claimed;
    expect(lost?.teams).toEqual([[ann], [bob]]);
    expect(passes).toMatchObject([
      {
        cause: "wave",
        waiting: 4,
        dirty: [ann, bob, ...others],
        proposals: [{ teams: lost!.teams }, { teams: won!.teams }],
        won: [won!.id],
        lost: [{ matchId: lost!.id, gone: [bob!.id] }],
      },
      { cause: "wave", waiting: 1, dirty: [ann], proposals: [], won: [], lost: [] },
    ]);
  });

  it.each([
    ["at that instant", Infinity, [700, 1_400, 2_100]],
    ["at the next wave", 1_000, [1_000, 2_000, 3_000]],
  ])("when the strategy wants to be asked again, and it is asked %s", async (_when, waveMs, instants) => {
    const strategy = defineStrategy({ propose: () => [], nextChange: (_pool, now) => now + 700 });
    const queue = waveMs < Infinity ? { strategy, waveMs } : strategy;
    const { matchmaker, clock } = await world({ queues: { duel: queue } });
    const start = clock.now();
    const passes: { at: number; cause: string; nextChange: number }[] = [];
    matchmaker.on("pass", ({ at, data: { cause, nextChange } }) =>
      passes.push({ at: at - start, cause, nextChange: nextChange - start }),
    );
    await matchmaker.join("duel", solo("ann"));
    await clock.advance(instants[1]!);
    const cause = waveMs < Infinity ? "wave" : "due";
    expect(passes.filter(({ at }) => at > 0)).toEqual([
      { at: instants[0], cause, nextChange: instants[1] },
      { at: instants[1], cause, nextChange: instants[2] },
    ]);
  });
});

describe("whoever gains a pool", () => {
  const ready = { strategy: new Fifo(), acceptance: { timeoutMs: 60_000 } };
  const silent = { save: () => new Promise<void>(() => {}) } as unknown as MatchStore;

  it.each([
    ["asks its players", ready, new MemoryMatchStore()],
    ["is not saved", { strategy: new Fifo() }, silent],
  ])("says how many wait, and how many matches are pending: one that %s", async (_why, queue, matches) => {
    const clock = new ManualClock();
    const ports = { queues: { duel: queue }, tickets: new MemoryTicketStore({ clock }), clock };
    const before = await world({ ...ports, matches }, { seed: 1 });
    const first = heard(before.matchmaker, "pool.gained");
    for (const id of ["ann", "bob", "cid"]) await before.matchmaker.join("duel", solo(id));
    await clock.settle();
    const closed = before.matchmaker.close();
    await clock.advance(5_000);
    await closed;
    const after = await world(ports, { start: false, seed: 2 });
    const second = heard(after.matchmaker, "pool.gained");
    await after.matchmaker.start();
    await clock.settle();
    expect(first).toMatchObject([{ waiting: 0, pending: 0 }]);
    expect(second).toMatchObject([{ waiting: 1, pending: 1 }]);
    expect(second[0]!.fence).toBeGreaterThan(first[0]!.fence);
  });
});

it("an answer tells of which tickets the match is", async () => {
  const queues = { duel: { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } } };
  const { matchmaker, clock } = await world({ queues });
  const answers = heard(matchmaker, "match.answered");
  const claims = heard(matchmaker, "match.claimed");
  const ann = await matchmaker.join("duel", solo("ann"));
  const bob = await matchmaker.join("duel", solo("bob"));
  await clock.settle();
  const matchId = claims[0]!.match.id;
  await matchmaker.accept(matchId, "bob");
  await matchmaker.decline(matchId, "ann");
  await clock.settle();
  const ticketIds = [ann.id, bob.id];
  expect(answers).toEqual([
    { matchId, playerId: "bob", accepted: true, ticketIds },
    { matchId, playerId: "ann", accepted: false, ticketIds },
  ]);
});
