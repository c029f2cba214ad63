/** One step of the schema. Once released it is never edited: what is to change comes as another one. */
export interface Migration {
  /** Counts from 1 without a gap. */
  readonly version: number;
  /** What it is about, in a word or two. */
  readonly name: string;
  /** Statements, where `{schema}` stands for the quoted name of the schema, and `$$` opens and closes a body. */
  readonly sql: string;
}

/** Something that takes a name in the schema. */
export interface Made {
  readonly kind: string;
  readonly name: string;
}

const MADE =
  /\bCREATE (?:(?:UNLOGGED )?(TABLE|VIEW|SEQUENCE|TYPE|FUNCTION|PROCEDURE) \{schema\}\.|(?:UNIQUE )?(INDEX) )(\w+)/g;

/** What a migration makes. */
export function madeBy({ sql }: Migration): Made[] {
  return Array.from(sql.matchAll(MADE), ([, kind, index, name]) => ({
    kind: kind ?? (index as string),
    name: name as string,
  }));
}

/** The statements of a migration, with bodies quoted so that a schema of any name may be written in them. */
export function statementsOf({ sql }: Migration, schema: string): string {
  let tag = "evenmatch";
  while (schema.includes(`$${tag}$`)) tag += "_";
  return sql.replaceAll("$$", () => `$${tag}$`);
}
