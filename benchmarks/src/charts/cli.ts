import { charts } from "./charts.js";
import { readFigures, writeChart } from "./files.js";
import { FULL } from "./play-all.js";

const args = process.argv.slice(2);
const draws = args.includes("--draw");
const names = args.filter((arg) => arg !== "--draw");
const unknown = names.filter((name) => !charts.some((chart) => chart.name === name));
if (unknown.length > 0) {
  const all = charts.map(({ name }) => name).join(", ");
  console.error(`There is no chart ${unknown.join(", ")}; there are ${all}.`);
  console.error("Usage: npm run charts -- [--draw] [<chart>…]; with --draw from the figures that are there.");
  process.exit(2);
}
for (const chart of charts) {
  if (names.length > 0 && !names.includes(chart.name)) continue;
  await writeChart(chart, draws ? await readFigures(chart) : chart.measure(FULL));
  console.log(`docs/pictures/${chart.name}.svg, and .json with its figures`);
}
