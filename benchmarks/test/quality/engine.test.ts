import { Adaptive, Matchmaker, playersOf, Relaxation, RelaxingBlitz, type Strategy } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { ruleOf } from "../../src/quality/ours.js";
import { play } from "../../src/quality/play.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import type { Trace } from "../../src/quality/trace.js";

/** The matches that a whole matchmaker makes of a trace until the last one has come: who, and when. */
async function played(trace: Trace, strategy: Strategy): Promise<string[]> {
  const clock = new ManualClock({ start: 0, nagAfterMs: Infinity });
  const matchmaker = new Matchmaker({ queues: { duel: strategy }, clock });
  const matches: string[] = [];
  matchmaker.on("match", (match) => {
    const ids = playersOf(match).map(({ id }) => Number(id));
    matches.push(`${ids.sort((one, other) => one - other).join(" ")} at ${match.createdAt}`);
  });
  await matchmaker.start();
  for (const [who, at] of trace.at.entries()) {
    await clock.advanceTo(at);
    await matchmaker.join("duel", { players: [{ id: String(who), rating: trace.ratings[who]! }] });
  }
  await clock.settle();
  const closed = matchmaker.close();
  await clock.advance(60_000);
  await closed;
  return matches.sort();
}

describe("the player of traces", () => {
  it.each([
    ["Adaptive", () => new Adaptive({ pointsPerSecond: 10 })],
    [
      "RelaxingBlitz",
      () => new RelaxingBlitz({ ratingGap: Relaxation.line({ from: 100, to: 500, overMs: 40_000 }) }),
    ],
  ] satisfies [string, () => Strategy][])(
    "makes the matches that the engine makes with %s",
    async (_name, create) => {
      const trace = traceOf(populations[0]!, 1, 120);
      const { mates, matchedAt, leftOver } = play(ruleOf("same", create), trace);
      const engine = await played(trace, create());
      const ours = [...mates.entries()]
        .filter(([who, mate]) => who < mate)
        .map(([who, mate]) => `${who} ${mate} at ${matchedAt[who]!}`);
      expect(engine.length).toBeGreaterThan(40);
      expect(engine.length).toBe(60 - leftOver / 2);
      expect(ours).toEqual(expect.arrayContaining(engine));
    },
  );
});
