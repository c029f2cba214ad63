import type { Decision, Match, Request, Ticket } from "@evenmatch/core";
import { LifeState, nameOf, poolOf, type Input } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../src/ticket/log-record.js";
import { LogReader, PartitionState } from "../../src/ticket/partition-state.js";

const retention = { retainMs: 2_000, dedupeMs: 5_000 };
const layout = { partitions: 3, key: "pool" } as const;
const PARTIES = [["a"], ["b"], ["a", "b"], ["c"], ["b"], ["c", "d"]];
const LINEUPS = [[0, 1], [1, 3], [2, 3], [0, 5], [4], [0, 1, 5]];
const REGIONS = ["eu", "us"];

const tickets = REGIONS.flatMap((region) =>
  PARTIES.map((players, index): Ticket => ({
    id: `duel.${region}.t${index}`,
    queue: "duel",
    region,
    players: players.map((id) => ({ id, rating: 1500 })),
    joinedAt: 0,
    ...(index % 2 === 0 && { heartbeatMs: 1_500, expiresAt: 20_000 }),
  })),
);
const matches = REGIONS.flatMap((region, place) =>
  LINEUPS.map((lineup, index): Match => ({
    id: `duel.${region}.m${index}`,
    queue: "duel",
    region,
    teams: lineup.map((one) => [tickets[place * PARTIES.length + one]!]),
    quality: 0.5,
    createdAt: 0,
    ...(index % 2 === 0 && { acceptBy: 10_000 }),
  })),
);

const ticket = fc.constantFrom(...tickets);
const match = fc.constantFrom(...matches);
const input: fc.Arbitrary<Request | Decision> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(ticket, fc.option(fc.constantFrom("r1", "r2")))
      .map(([one, requestId]): Request => ({ type: "join", ticket: one, ...(requestId && { requestId }) })),
  },
  ticket.map(({ id }): Request => ({ type: "leave", ticketId: id })),
  ticket.map(({ id }): Request => ({ type: "beat", ticketId: id })),
  fc
    .tuple(match, fc.constantFrom("a", "b", "c", "d"), fc.boolean())
    .map(([{ id }, playerId, accepted]): Request => ({ type: "answer", matchId: id, playerId, accepted })),
  { weight: 4, arbitrary: match.map((one): Decision => ({ type: "claim", match: one })) },
  fc.tuple(match, fc.boolean()).map(([one, isDropping]): Decision => ({
    type: "release",
    matchId: one.id,
    drop: isDropping ? [one.teams[0]![0]!.id] : [],
    reason: "declined",
  })),
  { weight: 2, arbitrary: match.map(({ id }): Decision => ({ type: "settle", matchId: id })) },
  { weight: 2, arbitrary: match.map(({ id }): Decision => ({ type: "deliver", matchId: id })) },
  ticket.map(({ id }): Decision => ({ type: "expire", ticketId: id })),
);
// The clocks of those who ask differ: time goes backwards now and then.
const timed = fc.record({ input, passes: fc.oneof(fc.constant(0), fc.integer({ min: -300, max: 2_500 })) });
/** Inputs of one transaction each. */
const batches = fc.array(fc.array(timed, { maxLength: 5 }), { minLength: 1, maxLength: 25, size: "max" });

function poolOfInput(one: Input): string {
  if (one.type === "join") return one.ticket.id;
  if (one.type === "claim") return one.match.id;
  return "matchId" in one ? one.matchId : one.ticketId;
}

interface Played {
  readonly said: unknown[];
  readonly entries: LogEntry[];
}

/** Without what is `undefined`. */
function plain(played: Played): Played {
  return JSON.parse(JSON.stringify(played)) as Played;
}

/** One who runs the inputs and keeps the log as Kafka would. */
class Player {
  now = 1_000;
  constructor(
    readonly state: PartitionState,
    readonly log: LogEntry[] = [],
  ) {}

  play(batch: readonly { input: Input; passes: number }[]): Played {
    const said = batch.map((one) => {
      this.now += one.passes;
      return this.state.run(poolOf(poolOfInput(one.input))!, one.input, this.now);
    });
    this.state.position.next++;
    const entries = this.state.entries();
    this.log.push(...entries);
    return { said, entries };
  }
}

/** All that anyone can learn of a partition. */
function shown(state: PartitionState): unknown {
  const pools = [...state.pools].map(([name, { life, key }]) => {
    const players = ["a", "b", "c", "d"].map((id) => life.ticketOf(id)?.ticket.id);
    const asked = tickets.flatMap((one) => ["r1", "r2"].map((r) => life.requested(one, r)?.ticket.id));
    const matches = [...life.matches.values()].map((one) => ({ ...one, answers: [...one.answers] }));
    return {
      name,
      key,
      tickets: [...life.tickets.values()],
      matches,
      players,
      asked,
      waiting: life.waitingIn(key),
    };
  });
  const isSomething = (one: { tickets: unknown[]; matches: unknown[] }): boolean =>
    one.tickets.length + one.matches.length > 0;
  const known = pools.filter(isSomething).sort((one, other) => (one.name < other.name ? -1 : 1));
  return JSON.parse(JSON.stringify({ position: state.position, known }));
}

function restored(log: readonly LogEntry[]): PartitionState {
  const reader = new LogReader((key) => expect.fail(`${key} cannot be read`));
  for (const { key, value } of log) reader.add(key, value);
  const work = reader.restore(retention, layout);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value.state;
  }
}

/**
 * A log as compaction may leave it: superseded records may go, each or not, and a tombstone may go once nothing is
 * before it. What is newest stays.
 */
function compacted(log: readonly LogEntry[], goes: (index: number) => boolean): LogEntry[] {
  const last = new Map(log.map(({ key }, index) => [key, index]));
  const kept = log.filter(({ key }, index) => last.get(key) === index || !goes(index));
  return kept.filter(
    ({ key, value }, index) =>
      value !== null || !goes(index) || kept.findIndex((one) => one.key === key) < index,
  );
}

describe("a partition restored from its log", () => {
  it("is what its owner had, whatever compaction left of the log, and goes on in the same way", () => {
    fc.assert(
      fc.property(batches, batches, fc.infiniteStream(fc.boolean()), (before, after, chance) => {
        const owner = new Player(new PartitionState(retention, layout));
        let seq = 0;
        for (const batch of before) {
          owner.play(batch);
          expect(owner.state.position.seq).toBeGreaterThanOrEqual(seq);
          ({ seq } = owner.state.position);
        }
        const goes = (): boolean => chance.next().value as boolean;
        const next = new Player(restored(compacted(owner.log, goes)), [...owner.log]);
        next.now = owner.now;
        expect(shown(next.state)).toEqual(shown(owner.state));
        expect(shown(restored(owner.log))).toEqual(shown(owner.state));
        for (const batch of after) {
          const [ours, theirs] = [owner, next].map((one) => plain(one.play(batch)));
          const sorted = (entries: LogEntry[]): LogEntry[] =>
            entries.sort((one, other) => (one.key < other.key ? -1 : 1));
          expect(theirs!.said).toEqual(ours!.said);
          expect(sorted(theirs!.entries)).toEqual(sorted(ours!.entries));
          expect(shown(next.state)).toEqual(shown(owner.state));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("has in the log no more than the life remembers", () => {
    fc.assert(
      fc.property(batches, (all) => {
        const owner = new Player(new PartitionState(retention, layout));
        for (const batch of all) owner.play(batch);
        const lives = [...owner.state.pools.values()].map(({ life }) => life);
        const remembered = lives.reduce((sum, { tickets, matches }) => sum + tickets.size + matches.size, 0);
        const left = compacted(owner.log, () => true).filter(({ value }) => value !== null);
        expect(left.length).toBe(remembered + 1);
      }),
    );
  });

  it("keeps pools apart", () => {
    const owner = new Player(new PartitionState(retention, layout));
    const [eu, us] = [tickets[0]!, tickets[PARTIES.length]!];
    for (const one of [eu, us]) owner.play([{ input: { type: "join", ticket: one }, passes: 0 }]);
    const { pools } = restored(owner.log);
    expect([...pools].map(([name, { life }]) => [name, [...life.tickets.keys()]])).toEqual([
      [nameOf(eu), [eu.id]],
      [nameOf(us), [us.id]],
    ]);
    expect(pools.get("duel.eu")!.life).toBeInstanceOf(LifeState);
  });
});
