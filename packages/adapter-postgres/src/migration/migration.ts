/** One step of the schema. Once released it is never edited: what is to change comes as another one. */
export interface Migration {
  /** Counts from 1 without a gap. */
  readonly version: number;
  /** What it is about, in a word or two. */
  readonly name: string;
  /** Statements, where `{schema}` stands for the quoted name of the schema. */
  readonly sql: string;
}
