import type { Decision, Lease, Match, PoolKey, Query, Request, Ticket, TicketStore } from "@evenmatch/core";
import { evolve, LifeState, step, type Input } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { expect } from "vitest";

const NOW = 1_750_000_000_000;
const PARTIES = [["a"], ["b"], ["a", "b"], ["c"], ["c", "d"], ["d"], ["e", "a"], ["f"]];
const LINEUPS = [[0, 1], [1, 3], [2, 3], [4, 7], [5, 7], [6], [0, 3, 7]];

/**
 * Batches of many inputs that get into each other's way, of which a store takes up as many at once as it can: it answers
 * those in which everything builds on everything as if they were sent one by one. After each move the books of the store
 * are held against the life of the tickets.
 */
export async function playMixedBatches(
  store: TicketStore,
  booksAgree: (life: LifeState, region: string) => Promise<void>,
): Promise<void> {
  const leases = new Map<string, Lease>();
  const stop = new AbortController();
  const owning = (async () => {
    for await (const event of store.own(["duel"], { signal: stop.signal }))
      if (event.type === "gained") leases.set(event.lease.pool.region, event.lease);
  })();
  let round = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(moves(), { minLength: 2, maxLength: 6 }), async (sequence) => {
        const cast = castIn(`r${++round}`);
        const life = new LifeState({ retainMs: Infinity, dedupeMs: Infinity });
        const model = (inputs: readonly Input[], now: number): unknown[] =>
          inputs.map((input) => {
            const { outcome, changes } = step(life, input, now);
            for (const change of changes) evolve(life, change, now);
            return outcome;
          });
        const opening: Request = { type: "join", ticket: cast.ticket("opening", ["nobody"]) };
        model([opening], NOW);
        await store.submit([opening], { now: NOW });
        let now = NOW;
        for (const { requests, decisions } of sequence) {
          now += 1_000;
          const asked = requests.map((make) => make(cast));
          expect(plain(await store.submit(asked, { now }))).toEqual(plain(model(asked, now)));
          await expect.poll(() => leases.has(cast.pool.region), { interval: 5 }).toBe(true);
          const decided = decisions.map((make) => make(cast));
          const lease = leases.get(cast.pool.region)!;
          expect(plain(await store.decide(lease, decided, { now }))).toEqual(plain(model(decided, now)));
          const found = await store.read(cast.queries, {});
          expect(found.map((one) => one?.state)).toEqual(
            cast.queries.map((query) =>
              query.type === "match"
                ? life.matches.get(query.matchId)?.state
                : query.type === "ticket" && life.tickets.get(query.ticketId)?.state,
            ),
          );
          await booksAgree(life, cast.pool.region);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  } finally {
    stop.abort();
    await owning;
  }
}

/** Who is in the way of a join is named: the ticket of its first such player, also one that leaves later in the same batch. */
export async function playConflicts(store: TicketStore): Promise<void> {
  const { ticket } = castIn("eu");
  const [a, e] = [ticket("a", ["a"]), ticket("e", ["e"])];
  await store.submit([join(a), join(e)], { now: NOW });
  const leave: Request = { type: "leave", ticketId: a.id };
  const outcomes = await store.submit([join(ticket("ea", ["e", "a"])), leave], { now: NOW });
  expect(outcomes).toEqual([{ type: "conflict", ticket: e }, { type: "left" }]);
  await store.submit([join({ ...a, id: `${a.id}again` })], { now: NOW });
  const again: Request = { type: "leave", ticketId: `${a.id}again` };
  expect(await store.submit([join(ticket("ae", ["a", "e"])), again], { now: NOW })).toMatchObject([
    { type: "conflict", ticket: { id: `${a.id}again` } },
    { type: "left" },
  ]);
}

function join(one: Ticket): Request {
  return { type: "join", ticket: one };
}

interface Cast {
  readonly pool: PoolKey;
  readonly tickets: readonly Ticket[];
  readonly matches: readonly Match[];
  readonly queries: readonly Query[];
  readonly ticket: (name: string, players: readonly string[]) => Ticket;
}

function castIn(region: string): Cast {
  const pool = { queue: "duel", region };
  const id = (name: string): string => `duel.${region}.${name}`;
  const ticket = (name: string, players: readonly string[]): Ticket => ({
    id: id(name),
    ...pool,
    players: players.map((player) => ({ id: `${region} ${player}`, rating: 1500 })),
    joinedAt: NOW,
  });
  const tickets = PARTIES.map((players, index) => ({
    ...ticket(`t${index}`, players),
    ...(index % 2 === 0 && { heartbeatMs: 2_500 }),
  }));
  const matches = LINEUPS.map((lineup, index): Match => ({
    id: id(`m${index}`),
    ...pool,
    teams: lineup.map((one) => [tickets[one]!]),
    quality: 0.5,
    createdAt: NOW,
    ...(index % 2 === 0 && { acceptBy: NOW + 3_500 }),
  }));
  const queries: Query[] = [
    ...tickets.map((one): Query => ({ type: "ticket", ticketId: one.id })),
    ...matches.map((one): Query => ({ type: "match", matchId: one.id })),
  ];
  return { pool, tickets, matches, queries, ticket };
}

interface Move {
  readonly requests: readonly ((cast: Cast) => Request)[];
  readonly decisions: readonly ((cast: Cast) => Decision)[];
}

function moves(): fc.Arbitrary<Move> {
  const slot = fc.nat({ max: PARTIES.length - 1 });
  const lineup = fc.nat({ max: LINEUPS.length - 1 });
  const request = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(slot, fc.option(fc.nat({ max: 1 })), fc.option(fc.integer({ min: 1, max: 6 })), fc.boolean())
        .map(([index, id, maxWaiting, isNew]) => (cast: Cast): Request => {
          const one = cast.tickets[index]!;
          return {
            type: "join",
            // Another ticket of the same players, as a client that joins again sends it.
            ticket: isNew ? { ...one, id: `${one.id}again` } : one,
            ...(id !== null && { requestId: `request ${id}` }),
            ...(maxWaiting !== null && { maxWaiting }),
          };
        }),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(slot, fc.boolean()).map(([index, isNew]) => (cast: Cast): Request => ({
        type: "leave",
        ticketId: `${cast.tickets[index]!.id}${isNew ? "again" : ""}`,
      })),
    },
    slot.map((index) => (cast: Cast): Request => ({ type: "beat", ticketId: cast.tickets[index]!.id })),
    fc
      .tuple(lineup, fc.constantFrom("a", "b", "c", "f"), fc.boolean())
      .map(([index, player, accepted]) => (cast: Cast): Request => ({
        type: "answer",
        matchId: cast.matches[index]!.id,
        playerId: `${cast.pool.region} ${player}`,
        accepted,
      })),
  );
  const matchId = (index: number, cast: Cast): string => cast.matches[index]!.id;
  const decision = fc.oneof(
    {
      weight: 4,
      arbitrary: lineup.map((index) => (cast: Cast): Decision[] => [
        { type: "claim", match: cast.matches[index]! },
      ]),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(lineup, fc.boolean())
        .map(([index, isSettled]) => (cast: Cast): Decision[] => [
          { type: "claim", match: cast.matches[index]! },
          ...(isSettled
            ? [{ type: "settle" as const, matchId: matchId(index, cast), assignment: { host: `h${index}` } }]
            : []),
        ]),
    },
    lineup.map((index) => (cast: Cast): Decision[] => [{ type: "settle", matchId: matchId(index, cast) }]),
    lineup.map((index) => (cast: Cast): Decision[] => [{ type: "deliver", matchId: matchId(index, cast) }]),
    slot.map((index) => (cast: Cast): Decision[] => [{ type: "expire", ticketId: cast.tickets[index]!.id }]),
    fc
      .tuple(lineup, fc.subarray([0, 1, 2, 3]), fc.constantFrom("declined" as const, "unanswered" as const))
      .map(([index, drop, reason]) => (cast: Cast): Decision[] => [
        {
          type: "release",
          matchId: matchId(index, cast),
          drop: drop.map((one) => cast.tickets[one]!.id),
          reason,
        },
      ]),
  );
  return fc.record({
    requests: fc.array(request, { minLength: 1, maxLength: 14 }),
    decisions: fc
      .array(decision, { minLength: 1, maxLength: 10 })
      .map((all) => all.map((one) => (cast: Cast) => one(cast)))
      .map((all) => flattened(all)),
  });
}

/** Decisions that come in twos, each as one of its own. */
function flattened(all: readonly ((cast: Cast) => Decision[])[]): ((cast: Cast) => Decision)[] {
  const probe = castIn("probe");
  return all.flatMap((make) => make(probe).map((_, index) => (cast: Cast) => make(cast)[index]!));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
