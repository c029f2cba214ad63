/** A change as a stream holds it. */
export interface ChangeLine {
  readonly seq: number;
  /** When it was asked for. */
  readonly at: number;
  /** A letter. */
  readonly kind: string;
  readonly about: string;
}

/** An entry of a stream: its id, what it says of itself by name, and the changes that it holds. */
export interface Entry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly changes: readonly ChangeLine[];
}

type RawEntry = readonly [id: string, fields: readonly string[] | null];

/** The entries of a reply. */
export function entriesOf(raw: unknown): Entry[] {
  return ((raw ?? []) as readonly RawEntry[]).map(([id, list]) => entryOf(id, list ?? []));
}

/** Names have more letters than one, changes have one. One that nobody was there to hear comes with its number. */
function entryOf(id: string, list: readonly string[]): Entry {
  const fields = new Map<string, string>();
  const changes: ChangeLine[] = [];
  let [at, seq] = [0, 0];
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [kind = "", about = ""] = [list[index], list[index + 1]];
    if (kind.length > 1) {
      fields.set(kind, about);
      if (kind === "at") at = Number(about);
      else if (kind === "no") seq = Number(about);
    } else if (kind === "E") {
      const space = about.indexOf(" ");
      const number = Number(about.slice(0, space));
      changes.push({ seq: number, at, kind: about.charAt(space + 1), about: about.slice(space + 2) });
    } else if (kind === "C") {
      changes.push({ seq: seq++, at, kind: "c", about }, { seq: seq++, at, kind: "s", about });
    } else {
      changes.push({ seq: seq++, at, kind, about });
    }
  }
  return { id, fields, changes };
}

/** What a change is about: up to the first tab, and behind it. */
export function partsOf(about: string): [id: string, more: string] {
  const tab = about.indexOf("\t");
  return tab < 0 ? [about, ""] : [about.slice(0, tab), about.slice(tab + 1)];
}
