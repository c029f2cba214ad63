import assert from "node:assert/strict";
import type { MemoryPool } from "@evenmatch/core";
import { ticketsOf, type Player, type Proposal, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { rng } from "../random/seeded.js";
import { explainsWhoWaits } from "./explained.js";
import { forAll, forAllPools } from "./for-all.js";
import { incrementalEqualsFromScratch } from "./incremental.js";
import { nothingIsMissed } from "./nothing-missed.js";
import { filled, snapshot } from "./pools.js";
import { canonical, canonicalOne, soundly } from "./proposals.js";
import type { StrategySubject } from "./subject.js";

/** What every strategy promises, as something that can be run. */
export interface StrategyLaw {
  /** Names the law in a test's filter and in messages. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly promise: string;
  /** True for a law that speaks of this subject; all of them do when left out. */
  concerns?<P extends Player>(subject: StrategySubject<P>): boolean;
  /** Throws, with the seed and path that replay it, when the strategy breaks the law. */
  run<P extends Player>(subject: StrategySubject<P>): void;
}

/** The laws. Each names one kind of fault, so that a strategy with one fault breaks one law. */
export const strategyLaws: readonly StrategyLaw[] = [
  {
    id: "proposes",
    promise: "something is proposed in some of the generated pools, or the other laws would say nothing",
    run(subject) {
      let proposed = 0;
      forAllPools(subject, (tickets, now) => {
        proposed += subject.create().propose(filled(tickets, subject), now).length;
      });
      assert.ok(
        proposed > 0,
        `nothing was proposed in ${subject.numRuns} generated pools (seed: ${subject.seed}). ` +
          `If that is right for these, pass tickets that the strategy can match.`,
      );
    },
  },
  {
    id: "own-tickets",
    promise: "a proposal holds only tickets of its pool",
    run: (subject) =>
      forAllProposals(subject, (proposal, waiting) => {
        for (const { id } of ticketsOf(proposal))
          assert.ok(waiting.has(id), `${id} does not wait in the pool`);
      }),
  },
  {
    id: "once",
    promise: "no ticket is proposed twice in a pass",
    run: (subject) =>
      forAllPools(subject, (tickets, now) => {
        const seen = new Set<string>();
        for (const { id } of subject.create().propose(filled(tickets, subject), now).flatMap(ticketsOf)) {
          assert.ok(!seen.has(id), `${id} is proposed twice`);
          seen.add(id);
        }
      }),
  },
  {
    id: "whole-parties",
    promise: "tickets are proposed as they wait, with all of their players",
    run: (subject) =>
      forAllProposals(subject, (proposal, waiting) => {
        for (const ticket of ticketsOf(proposal)) {
          const own = waiting.get(ticket.id) ?? ticket;
          const sizes = `${own.players.length} player(s) wait, ${ticket.players.length} are proposed`;
          assert.ok(own === ticket, `${ticket.id} is not proposed as the ticket that waits: ${sizes}`);
        }
      }),
  },
  {
    id: "team-shape",
    promise: "a match has as many teams as asked for, each with teamSize players",
    run: (subject) =>
      forAllProposals(subject, (proposal) => {
        const { teams, teamSize } = subject.shape;
        const sizes = proposal.teams.map((team) =>
          team.reduce((sum, { players }) => sum + players.length, 0),
        );
        const shape = `${[teams].flat().join(" or ")} teams of ${teamSize}`;
        const isRight = [teams].flat().includes(sizes.length) && sizes.every((size) => size === teamSize);
        assert.ok(
          isRight,
          `${canonicalOne(proposal)} has teams of ${sizes.join(", ")} player(s), not ${shape}`,
        );
      }),
  },
  {
    id: "quality",
    promise: "quality is a number from 0 to 1",
    run: (subject) =>
      forAllProposals(subject, ({ quality }) => {
        assert.ok(
          typeof quality === "number" && quality >= 0 && quality <= 1,
          `quality is ${String(quality)}`,
        );
      }),
  },
  {
    id: "limits",
    promise: "the strategy's own rules and the limits of the queue hold in every proposal",
    concerns: ({ forbids, limits }) => forbids !== undefined || limits !== undefined,
    run: (subject) =>
      forAllPools(subject, (tickets, now) => {
        for (const proposal of subject.create().propose(filled(tickets, subject), now)) {
          const blocking = subject.limits?.blocking(ticketsOf(proposal), now)[0];
          const broken = subject.forbids?.(proposal, now) ?? (blocking && `the limit ${blocking.rule}`);
          assert.ok(broken === undefined, `${canonicalOne(proposal)} is forbidden: ${broken ?? ""}`);
        }
      }),
  },
  {
    id: "same-again",
    promise: "the same pool and now give the same proposals, whatever the order in which tickets came in",
    run: (subject) =>
      forAll(subject, fc.record({ tickets: subject.tickets, seed: fc.nat() }), ({ tickets, seed }) => {
        const now = tickets.reduce((time, { joinedAt }) => Math.max(time, joinedAt), 0);
        const strategy = subject.create();
        const first = canonical(strategy.propose(filled(tickets, subject), now));
        const again = canonical(strategy.propose(filled(tickets, subject), now));
        assert.deepEqual(again, first, "asked a second time, it proposes something else");
        const anew = canonical(subject.create().propose(filled(tickets, subject), now));
        assert.deepEqual(anew, first, "a new strategy with the same settings proposes something else");
        const shuffled = canonical(strategy.propose(reordered(tickets, seed, subject), now));
        assert.deepEqual(
          shuffled,
          first,
          "with the same tickets come in another order, it proposes something else",
        );
      }),
  },
  {
    id: "pool-untouched",
    promise: "propose and nextChange change neither the pool nor its tickets",
    run: (subject) =>
      forAllPools(subject, (tickets, now) => {
        const strategy = subject.create();
        const pool = filled(structuredClone(tickets), subject);
        const before = snapshot(pool);
        strategy.propose(pool, now);
        assert.deepEqual(snapshot(pool), before, "propose changed the pool");
        strategy.nextChange(pool, now);
        assert.deepEqual(snapshot(pool), before, "nextChange changed the pool");
      }),
  },
  {
    id: "next-change",
    promise: "nextChange is a whole instant later than now, or Infinity",
    run: (subject) =>
      forAllPools(subject, (tickets, now) => {
        const strategy = soundly(subject.create());
        const pool = filled(tickets, subject);
        const proposals = strategy.propose(pool, now);
        pool.clean();
        for (const { id } of proposals.flatMap(ticketsOf)) pool.remove(id);
        const next = strategy.nextChange(pool, now);
        const isRight = next === Infinity || (Number.isInteger(next) && next > now);
        assert.ok(isRight, `asked at ${now}, nextChange says ${String(next)}`);
      }),
  },
  {
    id: "incremental",
    promise: "each pass over what is dirty proposes what a pass over everything would",
    run: incrementalEqualsFromScratch,
  },
  {
    id: "nothing-missed",
    promise:
      "asked after changes and when nextChange says, it finds what asking at each millisecond finds, then",
    run: nothingIsMissed,
  },
  {
    id: "explain",
    promise:
      "what it says of a waiting ticket is so: who is near, which rules block its group, when it plays",
    concerns: (subject) => subject.create().explain !== undefined,
    run: explainsWhoWaits,
  },
];

function forAllProposals<P extends Player>(
  subject: StrategySubject<P>,
  check: (proposal: Proposal<P>, waiting: ReadonlyMap<string, Ticket<P>>) => void,
): void {
  forAllPools(subject, (tickets, now) => {
    const waiting = new Map(tickets.map((ticket) => [ticket.id, ticket]));
    for (const proposal of subject.create().propose(filled(tickets, subject), now)) check(proposal, waiting);
  });
}

/** The same pool, come about otherwise: ties of age arrived in another order, and all came back in another still. */
function reordered<P extends Player>(
  tickets: readonly Ticket<P>[],
  seed: number,
  subject: StrategySubject<P>,
): MemoryPool<P> {
  const source = rng(seed);
  const pool = filled(source.shuffle(tickets), subject);
  for (const ticket of source.shuffle(tickets)) {
    pool.remove(ticket.id);
    pool.giveBack(ticket);
  }
  return pool;
}
