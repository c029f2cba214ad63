/** What a player may carry beside the rating: plain data that strategies, limits and the application read. */
export type AttributeValue =
  string | number | boolean | readonly string[] | readonly number[] | Readonly<Record<string, number>>;

/** How many attributes a player has at most, how many entries a list or record, how many characters a text or name. */
export const MOST_ATTRIBUTES = 64;
export const LONGEST_LIST = 1_000;
export const LONGEST_TEXT = 1_024;

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Who plays. */
export interface Player {
  /** The application's own id, 1 to 256 characters. A player has at most one live ticket per queue. */
  readonly id: string;
  /** Skill on the game's own scale, in rating points; any finite number. */
  readonly rating: number;
  /** How uncertain the rating is, in rating points (Glicko's RD, TrueSkill's σ); 0 or more. */
  readonly deviation?: number;
  readonly attributes?: Attributes;
}

/** How a strategy names the type of an attribute that it reads; checked at every join, and inferred by TypeScript. */
export type AttributeType = "string" | "number" | "boolean" | "string[]" | "number[]" | "record";

/** The attributes that a strategy reads, by name. Every player of the queue must carry them. */
export type AttributeSchema = Readonly<Record<string, AttributeType>>;

interface AttributeTypes {
  string: string;
  number: number;
  boolean: boolean;
  "string[]": readonly string[];
  "number[]": readonly number[];
  record: Readonly<Record<string, number>>;
}

/** The players that an attribute schema asks for. */
export type PlayerWith<Schema extends AttributeSchema> = string extends keyof Schema
  ? Player
  : Player & { readonly attributes: { readonly [Name in keyof Schema]: AttributeTypes[Schema[Name]] } };
