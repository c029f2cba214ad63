import { passes } from "../judge.js";
import { figure, jsonLine } from "../report.js";
import type { Study } from "./arguments.js";
import { tableOf } from "./report.js";
import type { Task } from "./score.js";
import { summaryOf, type Score } from "./summary.js";
import { verdictsOf } from "./verdicts.js";
import { answersOf } from "./workers.js";

/** Plays every trace of a study with every rule, and prints what came of it; true when all goals are kept. */
export async function study({ populations, rules, seeds, json }: Study): Promise<boolean> {
  const names = rules.map(({ name }) => name);
  const tasks = populations.flatMap(({ name }) =>
    seeds.map((seed): Task => ({ population: name, seed, rules: names })),
  );
  const scores = (await answersOf<Score[]>("src/quality/worker.ts", tasks)).flat();
  let isKept = true;
  for (const population of populations) {
    const summaries = names.map((rule) =>
      summaryOf(scores.filter((score) => score.population === population.name && score.rule === rule)),
    );
    const verdicts = verdictsOf(summaries);
    isKept &&= verdicts.every(passes);
    if (json) for (const verdict of verdicts) console.log(jsonLine(verdict));
    else
      console.log(`\n${heading(population, seeds, summaries[0]!.optimum)}\n${tableOf(summaries, verdicts)}`);
  }
  return isKept;
}

function heading(
  { name, frozen }: Study["populations"][number],
  seeds: readonly number[],
  optimum: number,
): string {
  const what = `${name}${frozen ? " (frozen)" : ""}`;
  const which = seeds.length === 1 ? `seed ${seeds[0]!}` : `seeds ${seeds[0]!}–${seeds.at(-1)!}`;
  return `${what}, ${which}: at the optimum a match costs ${figure(optimum)} points`;
}
