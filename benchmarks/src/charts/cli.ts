import { charts } from "./charts.js";
import { writeChart } from "./files.js";
import { FULL } from "./play-all.js";

for (const chart of charts) {
  await writeChart(chart, chart.measure(FULL));
  console.log(`docs/pictures/${chart.name}.svg, and .json with its figures`);
}
