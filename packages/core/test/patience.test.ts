import {
  EvenmatchError,
  MemoryEventBus,
  MemoryTicketStore,
  OneVsOne,
  type Matchmaker,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { solo, world } from "./world.js";

const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };

type Calls = Matchmaker<typeof queues>;

/** A store that refuses every call for a while, numbering them, or does not answer at all. */
class Away extends MemoryTicketStore {
  isAway: "no" | "refuses" | "hangs" = "no";
  tries = 0;

  override submit(...args: Parameters<MemoryTicketStore["submit"]>): ReturnType<MemoryTicketStore["submit"]> {
    return this.#unlessAway(() => super.submit(...args));
  }

  override read(...args: Parameters<MemoryTicketStore["read"]>): ReturnType<MemoryTicketStore["read"]> {
    return this.#unlessAway(() => super.read(...args));
  }

  async #unlessAway<T>(answer: () => Promise<T>): Promise<T> {
    if (this.isAway === "no") return answer();
    if (this.isAway === "hangs") return new Promise(() => {});
    throw new EvenmatchError("STORE_UNAVAILABLE", {
      rule: "the store answers",
      remedy: "Wait.",
      retryable: true,
      cause: new Error(`try ${++this.tries} was refused`),
    });
  }
}

/** A matchmaker whose store has just gone away; it has connected before. */
async function away(isAway: Away["isAway"]): Promise<{ store: Away; clock: ManualClock; matchmaker: Calls }> {
  const clock = new ManualClock();
  const store = new Away({ clock });
  const { matchmaker } = await world({ queues, tickets: store, events: new MemoryEventBus(), clock });
  await matchmaker.leave((await matchmaker.join("duel", solo("eve"))).id);
  store.isAway = isAway;
  return { store, clock, matchmaker };
}

it("whoever calls while others are refused is told as soon", async () => {
  const { clock, matchmaker } = await away("refuses");
  const told: number[] = [];
  for (const id of ["ann", "bob", "cid"]) {
    const calledAt = clock.now();
    matchmaker.join("duel", solo(id)).catch(() => told.push(clock.now() - calledAt));
    await clock.advance(1_000);
  }
  await clock.advance(60_000);
  expect(told).toHaveLength(3);
  for (const after of told) expect(after).toBeLessThanOrEqual(10_000);
});

describe("while a store refuses every call", () => {
  it.each<[string, (matchmaker: Calls) => Promise<unknown>]>([
    ["a join", (matchmaker) => matchmaker.join("duel", solo("ann"))],
    ["a find", (matchmaker) => matchmaker.find("duel", solo("ann"))],
    ["a leave", (matchmaker) => matchmaker.leave("duel.global.some")],
    ["an answer", (matchmaker) => matchmaker.accept("duel.global.some", "ann")],
    ["a heartbeat", (matchmaker) => matchmaker.heartbeat(["duel.global.some"])],
    ["a look at a ticket", (matchmaker) => matchmaker.ticketOf("ann", { queue: "duel" })],
    ["a watch", (matchmaker) => matchmaker.watch("duel.global.some")],
  ])("%s is repeated for up to 10 s, and then told why the last try failed", async (_what, call) => {
    const { store, clock, matchmaker } = await away("refuses");
    const start = clock.now();
    let failure: { readonly error: unknown; readonly after: number; readonly tries: number } | undefined;
    call(matchmaker).catch((error: unknown) => {
      failure = { error, after: clock.now() - start, tries: store.tries };
    });
    await clock.advance(5_000);
    expect(failure).toBeUndefined();
    await clock.advance(5_000);
    expect(failure?.error).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(failure?.error).toMatchObject({ cause: new Error(`try ${failure?.tries} was refused`) });
    // Nothing is sent again for whoever was told.
    const { tries } = store;
    await clock.advance(10_000);
    expect(store.tries).toBe(tries);
  });
});

describe("while a store hangs without answering", () => {
  it.each<[string, (matchmaker: Calls, signal: AbortSignal) => Promise<unknown>]>([
    ["a join", (matchmaker, signal) => matchmaker.join("duel", solo("ann"), { signal })],
    ["a leave", (matchmaker, signal) => matchmaker.leave("duel.global.some", { signal })],
    ["a look at a ticket", (matchmaker, signal) => matchmaker.ticketOf("ann", { queue: "duel", signal })],
    ["a watch", (matchmaker, signal) => matchmaker.watch("duel.global.some", { signal })],
  ])("%s ends with its signal", async (_what, call) => {
    const { clock, matchmaker } = await away("hangs");
    const given = new AbortController();
    let failure: unknown;
    call(matchmaker, given.signal).catch((error: unknown) => (failure = error));
    await clock.advance(9_000);
    expect(failure).toBeUndefined();
    given.abort(new Error("enough"));
    await clock.settle();
    expect(failure).toEqual(new Error("enough"));
  });
});
