import fc from "fast-check";
import type {
  Decision,
  Match,
  MatchRecord,
  Millis,
  PoolKey,
  Query,
  Request,
  Ticket,
  WaitingTicket,
} from "@evenmatch/core";
import { nameOf, type Input, type LifeState } from "@evenmatch/core/adapter";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { takeOver } from "./leases.js";
import { match, START, ticket } from "./making.js";
import { Stage } from "./stage.js";
import type { Watcher } from "./watcher.js";

/** Batches that are short of the retention however long the sequence: what ended must still be there. */
const LONGEST_STEP = 1_500;
const MOST_STEPS = 30;

type Move =
  | {
      readonly type: "submit";
      readonly passes: Millis;
      readonly requests: readonly ((cast: Cast) => Request)[];
    }
  | {
      readonly type: "decide";
      readonly passes: Millis;
      readonly decisions: readonly ((cast: Cast) => Decision)[];
    }
  | { readonly type: "takeover"; readonly passes: Millis };

/** Few tickets and matches, with players and tickets in common, so that short sequences meet every conflict. */
interface Cast {
  readonly tickets: readonly Ticket[];
  readonly matches: readonly Match[];
  readonly queries: readonly Query[];
  /** Where the model stands, so that many a move is one that can succeed. */
  readonly life: LifeState;
}

const PARTIES = [["a"], ["b"], ["a", "b"], ["c"], ["b"], ["c", "d"]];
const LINEUPS = [[0, 1], [1, 3], [2, 3], [0, 5], [4], [0, 1, 5]];

function castIn(pool: PoolKey, life: LifeState): Cast {
  const own = (text: string): string => `${pool.region} ${text}`;
  const tickets = PARTIES.map((players, index) =>
    ticket(own(`t${index}`), {
      pool,
      players: players.map(own),
      ...(index % 2 === 0 && { heartbeatMs: 4_000, expiresAt: START + 20_000 }),
    }),
  );
  const matches = LINEUPS.map((lineup, index) =>
    match(
      own(`m${index}`),
      lineup.map((one) => tickets[one] as Ticket),
      index % 2 === 0 ? { acceptBy: START + 10_000 } : {},
    ),
  );
  const queries: Query[] = [
    ...tickets.map(({ id }): Query => ({ type: "ticket", ticketId: id })),
    ...matches.map(({ id }): Query => ({ type: "match", matchId: id })),
    ...["a", "b", "c", "d"].map((one): Query => ({ type: "player", playerId: own(one), queue: pool.queue })),
  ];
  return { tickets, matches, queries, life };
}

function moves(): fc.Arbitrary<Move[]> {
  const slot = fc.nat({ max: PARTIES.length - 1 });
  const lineup = fc.nat({ max: 3 * LINEUPS.length - 1 });
  const idOf = (cast: Cast, index: number): string => (cast.tickets[index] as Ticket).id;
  const oneOf = (index: number, { matches }: Cast, fitting: readonly Match[]): Match => {
    const from = index < LINEUPS.length || fitting.length === 0 ? matches : fitting;
    return from[index % from.length] as Match;
  };
  /** Two of three times a match that is under way, if there is one. */
  const matchOf = (cast: Cast, index: number): Match => {
    const isLive = ({ id }: Match): boolean =>
      ["claimed", "settled"].includes(cast.life.matches.get(id)?.state ?? "");
    return oneOf(index, cast, cast.matches.filter(isLive));
  };
  /** Two of three times a match whose tickets all wait, if there is one. */
  const claimable = (cast: Cast, index: number): Match => {
    const waits = ({ id }: Ticket): boolean => cast.life.tickets.get(id)?.state === "waiting";
    return oneOf(
      index,
      cast,
      cast.matches.filter(({ teams }) => teams.flat().every(waits)),
    );
  };
  const request: fc.Arbitrary<(cast: Cast) => Request> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(slot, fc.option(fc.nat({ max: 2 })), fc.option(fc.nat({ max: 4 }), { freq: 4 }))
        .map(([index, id, maxWaiting]) => (cast: Cast): Request => ({
          type: "join",
          ticket: cast.tickets[index] as Ticket,
          ...(id !== null && { requestId: `request ${id}` }),
          ...(maxWaiting !== null && { maxWaiting }),
        })),
    },
    slot.map((index) => (cast: Cast): Request => ({ type: "leave", ticketId: idOf(cast, index) })),
    slot.map((index) => (cast: Cast): Request => ({ type: "beat", ticketId: idOf(cast, index) })),
    fc
      .tuple(lineup, fc.nat({ max: 3 }), fc.boolean())
      .map(([index, player, accepted]) => (cast: Cast): Request => {
        const players = matchOf(cast, index)
          .teams.flat()
          .flatMap((one) => one.players);
        return {
          type: "answer",
          matchId: matchOf(cast, index).id,
          playerId: players[player % players.length]?.id ?? "",
          accepted,
        };
      }),
  );
  const decision: fc.Arbitrary<(cast: Cast) => Decision> = fc.oneof(
    {
      weight: 3,
      arbitrary: lineup.map((index) => (cast: Cast): Decision => ({
        type: "claim",
        match: claimable(cast, index),
      })),
    },
    fc
      .tuple(
        lineup,
        fc.subarray([0, 1, 2, 3, 4, 5]),
        fc.constantFrom("declined" as const, "unanswered" as const, "allocation" as const),
      )
      .map(([index, drop, reason]) => (cast: Cast): Decision => ({
        type: "release",
        matchId: matchOf(cast, index).id,
        drop: drop.map((one) => idOf(cast, one)),
        reason,
      })),
    fc
      .tuple(lineup, fc.option(fc.constant({ host: "h" })))
      .map(([index, assignment]) => (cast: Cast): Decision => ({
        type: "settle",
        matchId: matchOf(cast, index).id,
        ...(assignment && { assignment }),
      })),
    lineup.map((index) => (cast: Cast): Decision => ({ type: "deliver", matchId: matchOf(cast, index).id })),
    slot.map((index) => (cast: Cast): Decision => ({ type: "expire", ticketId: idOf(cast, index) })),
  );
  const passes = fc.oneof(fc.constant(0), fc.nat({ max: LONGEST_STEP }));
  const move: fc.Arbitrary<Move> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant("submit" as const),
        passes,
        requests: fc.array(request, { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant("decide" as const),
        passes,
        decisions: fc.array(decision, { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("takeover" as const), passes }) },
  );
  return fc.array(move, { minLength: MOST_STEPS / 3, maxLength: MOST_STEPS, size: "max" });
}

/** Plays a sequence on store and model, and compares after each move. */
async function play(stage: Stage, owner: Watcher, sequence: readonly Move[], pool: PoolKey): Promise<void> {
  const cast = castIn(pool, stage.life(pool));
  let holding = await stage.ready(owner, pool);
  let from = await stage.mark(owner, pool);
  const said = (): { at: Millis; change: never }[] => (stage.said.get(nameOf(pool)) ?? []) as never;
  let now = START;
  for (const move of sequence) {
    now += move.passes;
    const before = said().length;
    const expected = (inputs: readonly Input[]): unknown[] =>
      inputs.map((input) => stage.model(input, now, pool));
    if (move.type === "takeover") {
      ({ holding } = await takeOver(stage, [owner], holding));
      const waiting = [...stage.life(pool).tickets.values()].filter(
        (one) => one.state === "waiting" && one.ticket.region === pool.region,
      );
      const ids = (list: readonly WaitingTicket[]): unknown =>
        list.map((one) => [one.ticket.id, one.seenAt]).sort();
      same(ids(holding.gained.waiting), ids(waiting), "what waits for a new owner");
      const pending = [...stage.life(pool).matches.values()].filter(
        (one) => (one.state === "claimed" || one.state === "settled") && one.match.region === pool.region,
      );
      const byId = (one: MatchRecord, other: MatchRecord): number => (one.match.id < other.match.id ? -1 : 1);
      same([...holding.gained.pending].sort(byId), pending.sort(byId), "what is pending for a new owner");
    } else if (move.type === "submit") {
      const requests = move.requests.map((make) => make(cast));
      same(
        await stage.within("submit", stage.store.submit(requests, { now })),
        expected(requests),
        `answers to ${JSON.stringify(requests)}`,
      );
    } else {
      const decisions = move.decisions.map((make) => make(cast));
      same(
        await owner.decide(holding.lease, decisions, now),
        expected(decisions),
        `answers to ${JSON.stringify(decisions)}`,
      );
    }
    await stage.readsAsModel(cast.queries, pool, `after ${move.type} at +${now - START}`);
    const changes = said().slice(before);
    const until = await stage.mark(owner, pool);
    stage.heardAsModel(holding, from, until, changes, `after ${move.type} at +${now - START}`);
    from = until;
  }
}

/**
 * The net under the other cases: sequences of requests, decisions and takeovers, by chance, compared with the model
 * step by step. It finds much of what the others find, and what nobody has thought of.
 */
export const randomCase: ContractCase<TicketStoreHarness> = {
  id: "random",
  promise: "whatever is asked and decided in whatever order, the store agrees with the life of a ticket",
  run: (harness) =>
    Stage.play(harness, async (stage, owner) => {
      let region = 0;
      const { runs = 100, seed, shrinks = true } = harness.random ?? {};
      const property = fc.asyncProperty(moves(), (sequence) =>
        play(stage, owner, sequence, { queue: "duel", region: `r${region++}` }),
      );
      await fc.assert(property, {
        numRuns: runs,
        endOnFailure: !shrinks,
        ...(seed !== undefined && { seed }),
      });
    }),
};
