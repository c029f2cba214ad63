import { passes } from "../judge.js";
import { answersOf } from "../quality/workers.js";
import { jsonLine } from "../report.js";
import type { Study } from "./arguments.js";
import { smallPopulations, smallShapes } from "./exact/instances.js";
import { judged } from "./family.js";
import { envelopeOf } from "./frontier.js";
import { settingsTable, verdictTable } from "./report.js";
import type { Score, SmallScore, Task } from "./score.js";
import { nearest } from "./small.js";
import { against, againstTuned, atEqualWaiting, bestForAll, sidesOf, summariesOf } from "./summary.js";
import { better, meanOf, reported, type TeamVerdict } from "./verdicts.js";

/** Plays every trace of a study with every setting, and prints what came of it; true when all goals are kept. */
export async function studyTeams(study: Study): Promise<boolean> {
  const scores = await scoresOf<Score>(study, "long");
  const small = await scoresOf<SmallScore>(study, "small");
  const verdicts = study.shapes.flatMap((shape) => {
    const byPopulation = study.populations.map(({ name }) =>
      scores.filter((score) => score.shape === shape.name && score.population === name),
    );
    const setting = bestForAll(byPopulation.map(summariesOf));
    if (!study.json) for (const some of byPopulation) console.log(`\n${frontierOf(some, setting)}`);
    return verdictsOf(shape.name, byPopulation, setting);
  });
  verdicts.push(...smallVerdictsOf(study, small));
  if (study.json) for (const verdict of verdicts) console.log(jsonLine(verdict));
  else console.log(`\n${verdictTable(verdicts)}`);
  return verdicts.every(passes);
}

async function scoresOf<Each extends Score | SmallScore>(study: Study, kind: Task["kind"]): Promise<Each[]> {
  const { seeds } = study;
  const isSmall = kind === "small";
  const populations = study.populations.filter((one) => !isSmall || smallPopulations.includes(one));
  const shapes = study.shapes.filter((one) => !isSmall || smallShapes.includes(one));
  const tasks = populations.flatMap(({ name: population }) =>
    shapes.flatMap(({ name: shape }) => seeds.map((seed): Task => ({ population, shape, seed, kind }))),
  );
  return (await answersOf<Each[]>("src/teams/worker.ts", tasks)).flat();
}

/** What is judged among the settings on the frontier, the fastest first, and the one that does best everywhere. */
function frontierOf(scores: readonly Score[], setting: string): string {
  const { ours, theirs } = sidesOf(summariesOf(scores));
  const points = theirs.map((one) => ({ ...one, wait: one.meanWait, spread: one.meanSpread }));
  const envelope: readonly { readonly setting: string }[] = envelopeOf(points);
  const kept = new Set([setting, ...envelope.map((one) => one.setting)]);
  const lines = [ours, ...theirs.filter((one) => kept.has(one.setting))];
  lines.sort((one, other) => one.meanWait - other.meanWait);
  const { population, shape } = scores[0]!;
  const heading = `${population}, ${shape}: ${judged.name} on the frontier of TeamBalance, of which ${setting} is best for all`;
  return `${heading}\n${settingsTable(lines)}`;
}

function verdictsOf(shape: string, byPopulation: readonly Score[][], setting: string): TeamVerdict[] {
  const verdicts = byPopulation.flatMap((scores) => {
    const name = `${scores[0]!.population}.${shape}`;
    return [
      better(`${name}.equal-waiting`, atEqualWaiting(scores)),
      reported(`${name}.tuned-cost`, againstTuned(scores)),
      reported(`${name}.one-setting`, against(setting, scores), setting),
    ];
  });
  const forAll = byPopulation.map((scores) => against(setting, scores));
  return [...verdicts, better(`${shape}.one-setting`, meanOf(forAll), setting)];
}

function smallVerdictsOf({ populations, shapes }: Study, scores: readonly SmallScore[]): TeamVerdict[] {
  return populations.flatMap(({ name: population }) =>
    shapes.flatMap(({ name: shape }) => {
      const some = scores.filter((score) => score.population === population && score.shape === shape);
      if (some.length === 0) return [];
      const { warm, cold, balanced } = nearest(some);
      const name = `${population}.${shape}.optimum`;
      return [
        reported(`${name}.adaptive`, warm),
        reported(`${name}.adaptive-cold`, cold),
        reported(`${name}.team-balance`, balanced, balanced.setting),
      ];
    }),
  );
}
