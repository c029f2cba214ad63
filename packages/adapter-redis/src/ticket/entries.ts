/** An entry of a stream: its id, and its fields by name. */
export interface Entry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

type RawEntry = readonly [id: string, fields: readonly string[] | null];

/** The entries of a reply. */
export function entriesOf(raw: unknown): Entry[] {
  return ((raw ?? []) as readonly RawEntry[]).map(([id, list]) => {
    const fields = new Map<string, string>();
    for (let index = 0; list && index < list.length; index += 2)
      fields.set(list[index] ?? "", list[index + 1] ?? "");
    return { id, fields };
  });
}

/** A change as a stream holds it. */
export interface ChangeLine {
  readonly seq: number;
  /** When it was asked for. */
  readonly at: number;
  /** A letter, and what it is about. */
  readonly text: string;
}

/** The changes of an entry. One that nobody was there to hear holds the ends alone, each with its number. */
export function linesOf({ fields }: Entry): ChangeLine[] {
  const at = Number(fields.get("a"));
  const all = fields.get("c");
  if (all !== undefined) {
    const first = Number(fields.get("f"));
    return all.split("\n").map((text, index) => ({ seq: first + index, at, text }));
  }
  const ends = fields.get("e");
  if (ends === undefined) return [];
  return ends.split("\n").map((line) => {
    const space = line.indexOf(" ");
    return { seq: Number(line.slice(0, space)), at, text: line.slice(space + 1) };
  });
}

/** What a change is about: up to the first tab, and behind it. */
export function partsOf(text: string): [about: string, more: string] {
  const tab = text.indexOf("\t");
  return tab < 0 ? [text.slice(1), ""] : [text.slice(1, tab), text.slice(tab + 1)];
}
