import { Fifo, MemoryTicketStore, OneVsOne, type TicketStore } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { away, heard, solo, storeWith, teamsOf, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };

/** A store that answers, loses its answers, or is away; and what reached it. */
function unsteady(clock: ManualClock) {
  const store = new MemoryTicketStore({ clock });
  const taken: string[] = [];
  const standing = { is: "there" as "there" | "losing" | "away" };
  const submit: TicketStore["submit"] = async (requests, options) => {
    if (standing.is === "away") throw away();
    for (const request of requests) taken.push(request.type);
    const outcomes = await store.submit(requests, options);
    if (standing.is === "losing") throw away();
    return outcomes;
  };
  const tickets = storeWith(store, { submit });
  return { tickets, taken, standing };
}

it.each([
  ["a find", "find", "there"],
  ["a find of which nobody knows whether it joined", "find", "losing"],
  ["a join whose answer was lost", "join", "losing"],
] as const)(
  "%s that is aborted leaves although the store is away for longer than a call is repeated",
  async (_, how, first) => {
    const clock = new ManualClock({ nagAfterMs: Infinity });
    const { tickets, standing } = unsteady(clock);
    const { matchmaker } = await world({ queues, tickets, clock });
    const given = new AbortController();
    standing.is = first;
    const call = expect(matchmaker[how]("classic", solo("ann"), { signal: given.signal })).rejects.toThrow(
      "bored",
    );
    await clock.settle();
    standing.is = "away";
    given.abort(new Error("bored"));
    // Who joins is told at once.
    if (how === "join") await call;
    await clock.advance(25_000);
    standing.is = "there";
    await clock.advance(5_000);
    await call;
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  },
);

it("nobody meets those who gave up while the store was away", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const { tickets, standing } = unsteady(clock);
  const { matchmaker } = await world({ queues, tickets, clock });
  const settled = heard(matchmaker, "match.settled");
  await matchmaker.join("classic", solo("bob"));
  standing.is = "away";
  const all = Array.from({ length: 20 }, async (_, index) => {
    const given = new AbortController();
    const joined = matchmaker.join("classic", solo(`ghost ${index}`), { signal: given.signal });
    clock.at(clock.now() + 1_000, () => given.abort(new Error("bored")));
    await expect(joined).rejects.toThrow("bored");
  });
  const stays = matchmaker.join("classic", solo("far", 9_000));
  await clock.advance(1_000);
  await Promise.all(all);
  standing.is = "there";
  await clock.advance(5_000);
  expect((await stays).players).toMatchObject([{ id: "far" }]);
  expect(settled.map(({ match }) => teamsOf(match))).toEqual([]);
  expect(await matchmaker.ticketOf("ghost 7", { queue: "classic" })).toBeUndefined();
  expect(await matchmaker.ticketOf("bob", { queue: "classic" })).toMatchObject({ state: "waiting" });
});

it("a join that is aborted in the turn in which it was made is none", async () => {
  const { matchmaker, clock } = await world({ queues });
  const settled = heard(matchmaker, "match.settled");
  await matchmaker.join("classic", solo("bob"));
  const given = new AbortController();
  const joined = matchmaker.join("classic", solo("ann"), { signal: given.signal });
  given.abort(new Error("bored"));
  await expect(joined).rejects.toThrow("bored");
  await clock.advance(1_000);
  expect(settled).toEqual([]);
});

it("a replacement that is aborted while the ticket before leaves is not made", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const { tickets, taken } = unsteady(clock);
  const { matchmaker } = await world({ queues, tickets, clock });
  await matchmaker.join("classic", solo("ann", 1_000));
  const given = new AbortController();
  matchmaker.on("ticket.left", () => given.abort(new Error("bored")));
  const options = { onDuplicate: "replace", signal: given.signal } as const;
  await expect(matchmaker.join("classic", solo("ann"), options)).rejects.toThrow("bored");
  await clock.advance(1_000);
  expect(taken.filter((type) => type === "join")).toHaveLength(2);
  expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
});

it("no call waits for a connection longer than its signal says", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const silent = storeWith(new MemoryTicketStore({ clock }), { time: () => new Promise(() => {}) });
  const options = { queues, tickets: silent, clock };
  const { matchmaker } = await world(options, { start: false });
  const given = new AbortController();
  const { signal } = given;
  const ended = [
    matchmaker.join("classic", solo("ann"), { signal }),
    matchmaker.find("classic", solo("ann"), { signal }),
    matchmaker.watch("classic.eu.x", { signal }),
    matchmaker.leave("classic.eu.x", { signal }),
    matchmaker.accept("classic.eu.x", "ann", { signal }),
    matchmaker.heartbeat(["classic.eu.x"], { signal }),
    matchmaker.ticketOf("ann", { queue: "classic", signal }),
    matchmaker.explain("classic.eu.x", { signal }),
    matchmaker.estimate("classic", { rating: 1, signal }),
  ].map((call) => expect(call).rejects.toThrow("bored"));
  await clock.settle();
  given.abort(new Error("bored"));
  await Promise.all(ended);
});

it("a party that replaces takes nobody's ticket where one of them is claimed", async () => {
  const strategy = new Fifo({ teams: 2, teamSize: 2 });
  const { matchmaker, clock } = await world({
    queues: { squad: { strategy, acceptance: { timeoutMs: 10_000 } } },
  });
  const ofLeft = heard(matchmaker, "ticket.left");
  for (const id of ["bob", "x", "y", "z"]) await matchmaker.join("squad", solo(id));
  await matchmaker.join("squad", solo("ann"));
  await clock.settle();
  const players = ["ann", "bob"].map((id) => ({ id, rating: 1_500 }));
  await expect(matchmaker.join("squad", { players }, { onDuplicate: "replace" })).rejects.toMatchObject({
    code: "ALREADY_WAITING",
  });
  expect(await matchmaker.ticketOf("ann", { queue: "squad" })).toMatchObject({ state: "waiting" });
  const { matchId } = (await matchmaker.ticketOf("bob", { queue: "squad" }))!;
  for (const id of ["bob", "x", "y"]) await matchmaker.accept(matchId!, id);
  await matchmaker.decline(matchId!, "z");
  await clock.settle();
  // Whoever accepted goes back to waiting.
  expect(ofLeft.map(({ ticket }) => ticket.players[0]!.id)).toEqual(["z"]);
});

it.each(["join", "find"] as const)(
  "a %s that is aborted just before all closes leaves nothing behind",
  async (how) => {
    const clock = new ManualClock({ nagAfterMs: Infinity });
    const { tickets, taken } = unsteady(clock);
    const { matchmaker } = await world({ queues, tickets, clock });
    const other = (await world({ queues, tickets, clock }, { seed: 2, start: false })).matchmaker;
    await other.ticketOf("ann", { queue: "classic" });
    await matchmaker.ticketOf("ann", { queue: "classic" });
    const given = new AbortController();
    const call = expect(matchmaker[how]("classic", solo("ann"), { signal: given.signal })).rejects.toThrow();
    while (taken.length === 0) await Promise.resolve();
    given.abort(new Error("bored"));
    const closed = matchmaker.close();
    await clock.advance(10_000);
    await Promise.all([call, closed]);
    expect(await other.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  },
);

it("a find that is aborted before it is told that another ticket is in its way leaves that one where it is", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const { tickets, taken } = unsteady(clock);
  const { matchmaker } = await world({ queues, tickets, clock });
  await matchmaker.join("classic", solo("ann", 1_000));
  const given = new AbortController();
  const options = { onDuplicate: "replace", signal: given.signal } as const;
  const found = expect(matchmaker.find("classic", solo("ann"), options)).rejects.toThrow("bored");
  while (taken.length < 2) await Promise.resolve();
  given.abort(new Error("bored"));
  await clock.settle();
  await found;
  expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toMatchObject({ state: "waiting" });
});
