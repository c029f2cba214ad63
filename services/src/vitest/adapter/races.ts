import type {
  DecisionOutcome,
  Lease,
  Match,
  Request,
  RequestOutcome,
  Ticket,
  TicketStore,
} from "@evenmatch/core";
import { rng } from "@evenmatch/testkit";
import { expect } from "vitest";

const NOW = 1_750_000_000_000;
const PLAYERS = 60;
export const RACE_REGIONS = ["eu", "us"];

/** What somebody was told, one entry for each answer. */
interface Told {
  readonly added: Map<string, Ticket>;
  readonly left: string[];
  readonly matched: Match[];
}

/** How a race must have ended, by what callers were told. */
export interface RaceEnd {
  /** By ticket: `waiting`, `left`, or its match. */
  readonly ends: ReadonlyMap<string, string>;
  readonly waiting: readonly Ticket[];
}

/**
 * Joins and leaves from several stores at once, each with a connection of its own, while an owner claims whatever it hears
 * of: leaves every ticket with one end, and says so to those who asked. The first store owns the pools.
 */
export async function playRaces(
  stores: readonly TicketStore[],
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Promise<RaceEnd> {
  const told: Told = { added: new Map(), left: [], matched: [] };
  const leases = new Map<string, Lease>();
  const stop = new AbortController();
  const owner = stores[0]!;
  const owning = (async () => {
    for await (const event of owner.own(["duel"], { signal: stop.signal })) {
      if (event.type === "gained") leases.set(event.lease.pool.region, event.lease);
    }
  })();

  const chance = rng(seed);
  const hear = (request: Request, outcome: RequestOutcome): void => {
    if (request.type === "join" && outcome.type === "added")
      told.added.set(request.ticket.id, request.ticket);
    if (request.type === "leave" && outcome.type === "left") told.left.push(request.ticketId);
  };
  /** Joins and leaves of the same few players, in both regions, over and over. */
  const client = async (index: number): Promise<void> => {
    const own = chance.fork(`client ${index}`);
    for (let round = 0; round < rounds; round++) {
      const requests = Array.from({ length: 1 + own.int(0, 11) }, (_, n): Request => {
        if (own.int(0, 2) === 0)
          return { type: "leave", ticketId: own.pick([...told.added.keys(), "duel.eu.none"]) };
        const region = own.pick(RACE_REGIONS);
        const players = Array.from({ length: 1 + own.int(0, 1) }, () => own.int(0, PLAYERS - 1));
        const one: Ticket = {
          id: `duel.${region}.${index}-${round}-${n}`,
          queue: "duel",
          region,
          players: [...new Set(players)].map((player) => ({ id: `p${player}`, rating: 1500 })),
          joinedAt: NOW,
        };
        return { type: "join", ticket: one };
      });
      const outcomes = await stores[index]!.submit(requests, { now: NOW });
      for (const [place, request] of requests.entries()) hear(request, outcomes[place]!);
    }
  };
  // The owner is at work before anybody plays.
  const first = RACE_REGIONS.map((region): Request => {
    const players = [{ id: `first of ${region}`, rating: 1500 }];
    return {
      type: "join",
      ticket: { id: `duel.${region}.first`, queue: "duel", region, players, joinedAt: NOW },
    };
  });
  const outcomes = await owner.submit(first, { now: NOW });
  for (const [place, request] of first.entries()) hear(request, outcomes[place]!);
  await expect.poll(() => leases.size).toBe(RACE_REGIONS.length);
  let isOver = false;
  /** Claims whatever it has heard of, in overlapping matches, several calls at once. */
  const matching = async (): Promise<void> => {
    const own = chance.fork("owner");
    for (let round = 0; !isOver; round++) {
      for (const [region, lease] of leases) {
        const here = [...told.added.values()].filter((one) => one.region === region);
        if (here.length < 4) continue;
        const matches = Array.from({ length: 6 }, (_, n): Match => ({
          id: `duel.${region}.m${round}-${n}`,
          queue: "duel",
          region,
          teams: [...new Set([own.pick(here.slice(-40)), own.pick(here.slice(-40))])].map((one) => [one]),
          quality: 0.5,
          createdAt: NOW,
        }));
        const claims = await Promise.all(
          [matches.slice(0, 3), matches.slice(3)].map((some) =>
            owner.decide(
              lease,
              some.flatMap((match) => [
                { type: "claim" as const, match },
                { type: "settle" as const, matchId: match.id },
              ]),
              { now: NOW },
            ),
          ),
        );
        const outcomes: DecisionOutcome[] = claims.flat();
        told.matched.push(...matches.filter((_, n) => outcomes[2 * n]?.type === "claimed"));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const matched = matching();
  await Promise.all(stores.map((_, index) => client(index)));
  isOver = true;
  await matched;
  stop.abort();
  await owning;

  const expected = new Map<string, string>();
  for (const id of told.added.keys()) expected.set(id, "waiting");
  for (const id of told.left) expected.set(id, "left");
  const twice: string[] = [];
  for (const match of told.matched) {
    for (const { id } of match.teams.flat()) {
      if (expected.get(id) !== "waiting") twice.push(id);
      expected.set(id, match.id);
    }
  }
  expect(twice).toEqual([]);
  expect(told.matched.length).toBeGreaterThan(20);
  expect(told.left.length).toBeGreaterThan(20);
  const waiting = [...told.added.values()].filter(({ id }) => expected.get(id) === "waiting");
  return { ends: expected, waiting };
}
