import { defineStrategy, OneVsOne } from "@evenmatch/core";
import { describe, expect, it, vi } from "vitest";
import { solo, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };

/** What a program without types passes. */
const odd = (value: unknown): never => value as never;

describe("what is not a list of ticket ids", () => {
  it.each(["a", undefined, null, 7, { length: 1 }])("is no heartbeat: %j", async (ids) => {
    const { matchmaker } = await world({ queues });
    await expect(matchmaker.heartbeat(odd(ids))).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});

/** How a call ends: with a code, if it rejects. */
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "resolved",
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe("what is no signal, and what are no options", () => {
  it.each([{ signal: "soon" }, { signal: null }, { signal: {} }, null, "soon", []])(
    "is refused: %j",
    async (bad) => {
      const { matchmaker } = await world({ queues });
      const { id } = await matchmaker.join("classic", solo("ann"));
      const options = odd(bad);
      const needed =
        bad !== null && typeof bad === "object" && "signal" in bad
          ? { queue: "classic", rating: 1, signal: bad.signal }
          : bad;
      const calls = [
        matchmaker.join("classic", solo("bob"), options),
        matchmaker.find("classic", solo("bob"), options),
        matchmaker.watch(id, options),
        matchmaker.leave(id, options),
        matchmaker.accept(id, "ann", options),
        matchmaker.decline(id, "ann", options),
        matchmaker.heartbeat([id], options),
        matchmaker.matchOf(id, options),
        matchmaker.explain(id, options),
        matchmaker.ticketOf("ann", odd(needed)),
        matchmaker.estimate("classic", odd(needed)),
      ];
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "INVALID_OPTIONS"));
      expect(() => matchmaker.matches(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
      expect(matchmaker.health()).toMatchObject({ waiting: 1, watched: 1 });
    },
  );
});

it("calls whose options are left out where they are needed say what is missing", async () => {
  const { matchmaker } = await world({ queues });
  const estimate = matchmaker.estimate as (queue: "classic") => Promise<unknown>;
  await expect(estimate.call(matchmaker, "classic")).rejects.toMatchObject({ code: "INVALID_RATING" });
  const ticketOf = matchmaker.ticketOf as (playerId: string) => Promise<unknown>;
  await expect(ticketOf.call(matchmaker, "ann")).rejects.toMatchObject({ code: "UNKNOWN_QUEUE" });
});

it.each(["mach", "match ", "__proto__", "toString", undefined, 7])(
  "%j is no event to listen to",
  async (name) => {
    const { matchmaker } = await world({ queues });
    expect(() => matchmaker.on(odd(name), () => {})).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  },
);

it.each([
  ["match", "readyCheck", "answered", "released", "ended", "error", "pass", "pool.gained", "pool.lost"],
  ["ticket.joined", "ticket.left", "ticket.expired", "ticket.released"],
  ["match.claimed", "match.answered", "match.settled", "match.delivered"],
] as const)("%s and the like are events", async (...names) => {
  const { matchmaker } = await world({ queues });
  for (const name of names) matchmaker.on(name, () => {})();
});

it("an attribute that every object has is missing all the same", async () => {
  for (const name of ["__proto__", "constructor"]) {
    const strategy = defineStrategy({
      attributes: { [name]: "record" },
      propose: () => [],
      everyMs: 1_000,
    });
    const { matchmaker } = await world({ queues: { strict: strategy } });
    const player = { id: "ann", rating: 1, attributes: {} };
    await expect(matchmaker.join("strict", odd({ players: [player] }))).rejects.toMatchObject({
      code: "INVALID_ATTRIBUTE",
    });
    const own = { ...player, attributes: { [name]: { topic: 1 } } };
    const ticket = await matchmaker.join("strict", odd({ players: [own] }));
    expect(Object.entries(ticket.players[0]?.attributes ?? {})).toEqual([[name, { topic: 1 }]]);
  }
});

it("many calls before there is a connection wait for one, and do not look like a leak", async () => {
  const { matchmaker } = await world({ queues }, { start: false });
  const listening = vi.spyOn(EventTarget.prototype, "addEventListener");
  const joins = Array.from({ length: 50 }, (_, index) => matchmaker.join("classic", solo(`p${index}`)));
  await Promise.all(joins);
  expect(listening.mock.calls.length).toBeLessThan(10);
  listening.mockRestore();
});
