import { defineStrategy, Fifo, OneVsOne, ratingOf, ticketsOf, type Proposal } from "@evenmatch/core";
import fc from "fast-check";
import { describe, it } from "vitest";
import {
  blockLists,
  changes,
  describeStrategy,
  opensLater,
  pools,
  ratings,
  encounters,
  type TeamShape,
} from "@evenmatch/testkit";
import { block, Explaining, liftGap } from "./explaining.js";
import { relaxing, RELAXING_MS } from "./relaxing.js";

const withRole = fc.record({
  rating: ratings(),
  attributes: fc.record({ role: fc.constantFrom("tank", "healer", "scout") }),
});

const shapes: readonly TeamShape[] = [
  { teams: 2, teamSize: 1 },
  { teams: 2, teamSize: 2 },
  { teams: 3, teamSize: 1 },
  { teams: 1, teamSize: 3 },
  { teams: 2, teamSize: 4 },
];

for (const shape of shapes) {
  const { teams, teamSize } = shape as { teams: number; teamSize: number };
  describeStrategy(
    { describe, it },
    { name: `Fifo ${teams} × ${teamSize}`, create: () => new Fifo({ teams, teamSize }), shape },
  );
}

for (const maxRatingGap of [0, 50, 100]) {
  describeStrategy(
    { describe, it },
    {
      name: `OneVsOne within ${maxRatingGap}`,
      create: () => new OneVsOne({ maxRatingGap }),
      shape: { teams: 2, teamSize: 1 },
      forbids: (proposal) => (gapOf(proposal) > maxRatingGap ? `a gap of ${gapOf(proposal)}` : undefined),
    },
  );
}

describeStrategy(
  { describe, it },
  {
    name: "a function that is asked every 40 ms",
    shape: { teams: 2, teamSize: 1 },
    create: () =>
      defineStrategy({
        everyMs: 40,
        // Pairs by age, at whole multiples of 40 ms only.
        propose: (tickets, now) =>
          now % 40 !== 0
            ? []
            : tickets.flatMap((ticket, index): Proposal[] => {
                const other = tickets[index + 1];
                return index % 2 === 0 && other ? [{ teams: [[ticket], [other]], quality: 0.5 }] : [];
              }),
      }),
  },
);

describeStrategy(
  { describe, it },
  {
    name: "the example of defineStrategy",
    shape: { teams: 2, teamSize: 1 },
    tickets: pools({ players: withRole }),
    changes: changes({ players: withRole }),
    create: () =>
      defineStrategy({
        attributes: { role: "string" },
        propose(tickets) {
          const alone = new Map<string | undefined, (typeof tickets)[number]>();
          return tickets.flatMap((ticket) => {
            const role = ticket.players[0]?.attributes.role;
            const other = alone.get(role);
            if (other) alone.delete(role);
            else alone.set(role, ticket);
            return other ? [{ teams: [[other], [ticket]], quality: 1 }] : [];
          });
        },
      }),
  },
);

describeStrategy(
  { describe, it },
  {
    name: "a function whose gap widens",
    create: () => relaxing(),
    shape: { teams: 2, teamSize: 1 },
    changes: changes({ maxPauseMs: 3 * RELAXING_MS }),
  },
);

const duel: TeamShape = { teams: 2, teamSize: 1 };
const notBefore = encounters();
const blocked = blockLists();

describeStrategy(
  { describe, it },
  {
    name: "a gap that widens, and explains itself",
    create: () => new Explaining(),
    lift: liftGap,
    shape: duel,
    changes: changes({ maxPauseMs: 3 * RELAXING_MS }),
  },
);

describeStrategy(
  { describe, it },
  {
    name: "the same, with limits that open and limits that never do",
    create: () => new Explaining(),
    lift: liftGap,
    shape: duel,
    limits: [opensLater(), block],
    attributes: { notBefore, blocked },
    changes: changes({ maxPauseMs: 3 * RELAXING_MS, attributes: { notBefore, blocked } }),
  },
);

function gapOf(proposal: Proposal): number {
  const [low = 0, high = 0] = ticketsOf(proposal)
    .map(ratingOf)
    .sort((one, other) => one - other);
  return high - low;
}
