import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { format } from "prettier";
import { home } from "../places.js";
import type { Chart } from "./chart.js";

/** Where the pictures of the docs lie, and the figures beside them. */
const PICTURES = resolve(home, "../docs/pictures");

/** Writes the figures of a chart, and the chart. */
export async function writeChart(chart: Chart, data: unknown): Promise<void> {
  const json = await format(JSON.stringify(data), { parser: "json", printWidth: 110 });
  await writeFile(fileOf(chart, "json"), json);
  await writeFile(fileOf(chart, "svg"), chart.draw(data));
}

/** The figures of a chart as they were written. */
export async function readFigures<Data>(chart: Chart<Data>): Promise<Data> {
  return JSON.parse(await readFile(fileOf(chart, "json"), "utf8")) as Data;
}

/** The picture as it was written. */
export function readPicture(chart: Chart): Promise<string> {
  return readFile(fileOf(chart, "svg"), "utf8");
}

function fileOf({ name }: Chart, ending: "json" | "svg"): string {
  return resolve(PICTURES, `${name}.${ending}`);
}
