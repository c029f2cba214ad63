import {
  blockList,
  defineStrategy,
  differentAttribute,
  latency,
  overlap,
  recentOpponents,
  sameAttribute,
  type Strategy,
} from "@evenmatch/core";
import * as arbitrary from "@evenmatch/testkit";
import { describeStrategy } from "@evenmatch/testkit";
import fc from "fast-check";
import { describe, it } from "vitest";

/** First come, first matched, by nothing but what the limits permit; when they open it leaves to `defineStrategy`. */
function eldest(teamSize: number): Strategy {
  return defineStrategy({
    propose(tickets, _now, limits) {
      const waiting = new Set(tickets);
      return tickets.flatMap((first) => {
        if (!waiting.has(first)) return [];
        const group = [first];
        for (const other of waiting) {
          if (group.length === 2 * teamSize) break;
          if (other !== first && limits.permits([...group, other])) group.push(other);
        }
        if (group.length < 2 * teamSize) return [];
        for (const ticket of group) waiting.delete(ticket);
        return [{ teams: [group.slice(0, teamSize), group.slice(teamSize)], quality: 1 }];
      });
    },
  });
}

const shapes = [1, 2];
const laws = { describe, it };

for (const teamSize of shapes) {
  const name = (limit: string): string =>
    `a defined strategy of ${teamSize} against ${teamSize} with ${limit}`;
  const subject = { create: () => eldest(teamSize), shape: { teams: 2, teamSize }, numRuns: 50 };
  describeStrategy(laws, {
    ...subject,
    name: name("blockList"),
    limits: [blockList()],
    attributes: { blockList: arbitrary.blockLists() },
  });
  // Meetings around the joins that end within them, so that limits open while tickets wait.
  describeStrategy(laws, {
    ...subject,
    name: name("recentOpponents"),
    limits: [recentOpponents({ count: 2, withinMs: 400 })],
    attributes: { recentOpponents: arbitrary.encounters() },
  });
  describeStrategy(laws, {
    ...subject,
    name: name("attributes"),
    limits: [sameAttribute("mode"), differentAttribute("club")],
    attributes: {
      mode: arbitrary.labels(["rapid", "blitz"]),
      club: arbitrary.labels(["a", "b", "c", "d", "e", "f"]),
    },
  });
  describeStrategy(laws, {
    ...subject,
    name: name("overlap"),
    limits: [
      overlap({ attribute: "topics", among: "all" }),
      overlap({ attribute: "days", type: "number[]" }),
    ],
    attributes: { topics: arbitrary.labelSets(), days: fc.uniqueArray(fc.integer({ min: 1, max: 4 })) },
  });
  describeStrategy(laws, {
    ...subject,
    name: name("latency"),
    limits: [latency({ maxMs: 150 })],
    attributes: { latency: arbitrary.latencies() },
  });
}
