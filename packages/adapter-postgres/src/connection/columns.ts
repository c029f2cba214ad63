/** Arrays side by side, as `unnest` takes them. */
export class Columns {
  readonly all: unknown[][];

  constructor(count: number) {
    this.all = Array.from({ length: count }, () => []);
  }

  get length(): number {
    return this.all[0]?.length ?? 0;
  }

  add(...row: readonly unknown[]): void {
    for (const [index, column] of this.all.entries()) column.push(row[index]);
  }
}

/** An array in the text that Postgres reads, for arrays within arrays. */
export function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
