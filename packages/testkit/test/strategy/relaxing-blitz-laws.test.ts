import { Relaxation, RelaxingBlitz, type RelaxingBlitzOptions } from "@evenmatch/core";
import { describe, it } from "vitest";
import {
  changes,
  describeStrategy,
  encounters,
  opensLater,
  pools,
  type StrategyOptions,
} from "@evenmatch/testkit";

/** Steps, waits and bounds within the pauses of the generated changes, so that all of them come about. */
const steps = { ratingGap: 50, widenBy: 25, widenEveryMs: 60, upTo: 150 };
const line = { ratingGap: Relaxation.line({ from: 20, to: 130, overMs: 400 }) };
const settings: RelaxingBlitzOptions[] = (["both", "longest", "sum"] as const).flatMap((wait) => [
  { ...steps, wait },
  { ...steps, wait, forceAfterMs: 250 },
  { ...line, wait, forceAfterMs: 333 },
]);

const maxPauseMs = 300;
const attributes = { notBefore: encounters({ withinMs: 1_500 }) };

for (const options of settings) {
  const { wait, forceAfterMs } = options;
  const gap = options.ratingGap instanceof Relaxation ? "a line" : "steps";
  const forced = forceAfterMs === undefined ? "never forced" : `forced after ${forceAfterMs} ms`;
  const name = `RelaxingBlitz in ${gap}, wait ${wait}, ${forced}`;
  const subject: StrategyOptions = {
    name,
    create: () => new RelaxingBlitz(options),
    shape: { teams: 2, teamSize: 1 },
    lift: (...rules) =>
      rules.every((rule) => rule === "ratingGap")
        ? new RelaxingBlitz({
            ratingGap: Relaxation.constant(1_000_000),
            forceAfterMs: forceAfterMs ?? Number.MAX_SAFE_INTEGER,
          })
        : undefined,
  };
  describeStrategy({ describe, it }, { ...subject, changes: changes({ maxPauseMs }) });
  describeStrategy(
    { describe, it },
    {
      ...subject,
      name: `${name}, with limits`,
      limits: [opensLater()],
      tickets: pools({ attributes }),
      changes: changes({ attributes, maxPauseMs, expireWithinMs: 800 }),
    },
  );
}
