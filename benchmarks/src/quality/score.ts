import { figuresOf } from "./outcome.js";
import { optimumOf } from "./optimum/optimum.js";
import { play } from "./play.js";
import { populations, traceOf } from "./populations.js";
import { rules } from "./rules.js";
import type { Score } from "./summary.js";

/** One trace, and who plays it. */
export interface Task {
  readonly population: string;
  readonly seed: number;
  readonly rules: readonly string[];
}

/** Plays a trace with each rule, beside its optimum, which is proved here. */
export function scoresOf(task: Task, arrivals?: number): Score[] {
  const { population, seed } = task;
  const trace = traceOf(
    populations.find(({ name }) => name === population)!,
    seed,
    arrivals,
  );
  const optimum = optimumOf(trace);
  return rules
    .filter(({ name }) => task.rules.includes(name))
    .map((rule) => {
      const figures = figuresOf(play(rule, trace), trace);
      return { population, seed, rule: rule.name, arrivals: trace.at.length, optimum, figures };
    });
}
