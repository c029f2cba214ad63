import { defineStrategy, Fifo, Matchmaker, OneVsOne, type EventMap } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it, vi } from "vitest";
import { EVENT_TYPES, solo, teamsOf, world } from "./world.js";

/** Every event, or this does not compile. */
const EVENTS: Readonly<Record<keyof EventMap, true>> = {
  match: true,
  readyCheck: true,
  answered: true,
  released: true,
  ended: true,
  ...EVENT_TYPES,
};

const never = (): Promise<void> => new Promise(() => {});

/** Closes, and fails where that takes any time. */
async function closesAtOnce(matchmaker: { close(): Promise<void> }, clock: ManualClock): Promise<void> {
  let isClosed = false;
  void matchmaker.close().then(() => (isClosed = true));
  await clock.settle();
  expect(isClosed).toBe(true);
}

describe("who never returns holds up nobody, also not the closing:", () => {
  it("listeners to every event", async () => {
    const clock = new ManualClock();
    const queues = { duel: { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } } };
    const { matchmaker, problems } = await world({ queues, clock }, { start: false });
    for (const name of Object.keys(EVENTS) as (keyof EventMap)[]) matchmaker.on(name, never);
    const told: string[] = [];
    matchmaker.on("match", (match) => told.push(teamsOf(match).flat().join()));
    matchmaker.on("released", ({ ticket }) => told.push(`${ticket.players[0]!.id} waits again`));
    matchmaker.on("ended", ({ ticket, state }) => told.push(`${ticket.players[0]!.id} ${state}`));
    matchmaker.on("readyCheck", async ({ id, teams }) => {
      for (const player of teamsOf({ teams }).flat())
        await matchmaker[player === "dee" ? "decline" : "accept"](id, player);
    });
    matchmaker.on("match", () => {
      throw new Error("oops");
    });
    await matchmaker.start();
    for (const id of ["ann", "bob", "cid", "dee", "eve"]) await matchmaker.join("duel", solo(id));
    await clock.settle();
    expect(told).toEqual(["ann,bob", "dee left", "cid waits again", "cid,eve"]);
    expect(problems).toEqual(["LISTENER_FAILED", "LISTENER_FAILED"]);
    await closesAtOnce(matchmaker, clock);
  });

  it.each([{}, { group: "rooms" }])("a loop over matches(%j)", async (options) => {
    const { matchmaker, clock } = await world({ queues: { duel: new OneVsOne({ maxRatingGap: 100 }) } });
    const hanging: string[] = [];
    void (async () => {
      for await (const { id } of matchmaker.matches(options)) {
        hanging.push(id);
        await never();
      }
    })();
    const seen: string[] = [];
    void (async () => {
      for await (const { id } of matchmaker.matches()) seen.push(id);
    })();
    const found: string[] = [];
    for (const pair of ["a", "b", "c"]) {
      void matchmaker.join("duel", solo(`${pair}1`));
      found.push((await matchmaker.find("duel", solo(`${pair}2`))).id);
    }
    await clock.settle();
    expect(seen).toEqual(found);
    expect(hanging).toEqual(found.slice(0, 1));
    await closesAtOnce(matchmaker, clock);
  });
});

describe("an error", () => {
  const failing = defineStrategy({
    propose: (waiting) => {
      if (waiting.length > 0) throw new Error(`oops at ${waiting.length}`);
      return [];
    },
  });
  const failed = (message: string): unknown =>
    expect.objectContaining({ code: "STRATEGY_FAILED", received: message });

  it("goes to the console as long as nobody listens to errors, and only then", async () => {
    using printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const clock = new ManualClock();
    await using matchmaker = new Matchmaker({ queues: { duel: failing }, clock });
    await matchmaker.start();
    await matchmaker.join("duel", solo("ann"));
    await clock.settle();
    expect(printed.mock.calls).toEqual([[failed("oops at 1")]]);
    const heard: unknown[] = [];
    const stop = matchmaker.on("error", ({ data }) => heard.push(data.error));
    await matchmaker.join("duel", solo("bob"));
    await clock.settle();
    expect(heard).toEqual([failed("oops at 2")]);
    expect(printed).toHaveBeenCalledTimes(1);
    stop();
    await matchmaker.join("duel", solo("cid"));
    await clock.settle();
    expect(printed.mock.lastCall).toEqual([failed("oops at 3")]);
    expect([printed.mock.calls.length, heard.length]).toEqual([2, 1]);
  });

  it("of a listener to errors goes there, and is told to no listener", async () => {
    using printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const { matchmaker, clock, problems } = await world({ queues: { duel: failing } });
    const [one, other] = [new Error("throws"), new Error("rejects")];
    matchmaker.on("error", () => {
      throw one;
    });
    matchmaker.on("error", () => Promise.reject(other));
    await matchmaker.join("duel", solo("ann"));
    await clock.settle();
    expect(problems).toEqual(["STRATEGY_FAILED"]);
    const failures = [one, other].map((cause) => [
      expect.objectContaining({ code: "LISTENER_FAILED", cause }) as unknown,
    ]);
    expect(printed.mock.calls).toEqual(failures);
  });
});
