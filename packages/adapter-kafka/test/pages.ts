import { readFileSync } from "node:fs";

/** The text of a page of the docs. */
export function textOf(page: string): string {
  return readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
}

/** The cells of all tables of a page. */
export function cellsOf(page: string): string[][] {
  const lines = textOf(page)
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
