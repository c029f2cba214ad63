import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import { invalid, isObject } from "../options.js";
import type { Queue } from "../queue.js";
import type { Uuid } from "../random.js";
import { NAME } from "./id.js";
import {
  LONGEST_LIST,
  LONGEST_TEXT,
  MOST_ATTRIBUTES,
  type Attributes,
  type AttributeSchema,
  type AttributeType,
  type AttributeValue,
  type Player,
} from "./player.js";
import type { Mutable, Ticket } from "./ticket.js";

/** What `join` takes. */
export interface JoinRequest<P extends Player = Player> {
  /** Who wants to play: one, or a party that stays together. */
  readonly players: readonly P[];
  /** Players of two regions never meet. Left out where a game has one region. */
  readonly region?: string | undefined;
}

/** How to join, beside who and where. */
export interface JoinOptions {
  /** Makes the join safe to send again after its answer was lost: the same id by the same player is the same ticket. */
  readonly requestId?: string | undefined;
  /** What to do when a player has a live ticket in the queue; `reject`, with `ALREADY_WAITING`, when left out. */
  readonly onDuplicate?: "reject" | "return" | "replace" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The region of requests that name none. */
export const DEFAULT_REGION = "global";

const LONGEST_ID = 256;
const ID = `a well-formed text of 1 to ${LONGEST_ID} characters without NUL`;

/**
 * Checks what a caller sent and copies what a ticket keeps, so that nothing the caller changes later reaches the
 * pool. Throws the error that says what is wrong; nothing has happened then.
 */
function checkedRequest<P extends Player>(request: unknown, entry: Queue): { players: P[]; region: string } {
  if (!isObject(request))
    throw invalid("INVALID_REQUEST", "a join request is an object", request, "Pass { players, region }.");
  const { players, region = DEFAULT_REGION } = request as { players?: unknown; region?: unknown };
  if (!Array.isArray(players) || players.length === 0) {
    throw invalid(
      "INVALID_PLAYERS",
      "a ticket has at least one player",
      players,
      "Pass players: [{ id, rating }].",
    );
  }
  if (players.length > entry.maxPartySize) {
    const rule = `a party of this queue has at most ${entry.maxPartySize} players`;
    throw invalid("INVALID_PLAYERS", rule, players.length, "Split the party, or choose another queue.");
  }
  if (entry.partySizes?.includes(players.length) === false) {
    const rule = `a party of this queue has one of these sizes: ${entry.partySizes.join(", ")}`;
    throw invalid("INVALID_PLAYERS", rule, players.length, "Split the party, or choose another queue.");
  }
  // Copied first: holes in a list are players that are missing.
  const checked = [...(players as P[])];
  for (let index = 0; index < checked.length; index++)
    checked[index] = checkedPlayer(checked[index], entry.attributes) as P;
  if (checked.length > 1 && new Set(checked.map(({ id }) => id)).size < checked.length) {
    throw invalid(
      "INVALID_PLAYERS",
      "a player is in a ticket once",
      checked.map(({ id }) => id),
      "Send each player once.",
    );
  }
  return { players: checked, region: checkedRegion(region) };
}

/** Throws `INVALID_REGION` for what is no region's name. */
export function checkedRegion(region: unknown): string {
  if (typeof region === "string" && NAME.test(region)) return region;
  throw invalid(
    "INVALID_REGION",
    "a region is 1 to 64 letters, digits, _ or -",
    region,
    "Send its short name.",
  );
}

function checkedPlayer(player: unknown, schema: AttributeSchema): Player {
  if (!isObject(player))
    throw invalid("INVALID_PLAYERS", "a player is an object", player, "Pass { id, rating }.");
  const { deviation, attributes } = player;
  const id = checkedPlayerId(player["id"]);
  const rating = checkedRating(player["rating"]);
  if (deviation !== undefined && !(Number.isFinite(deviation) && (deviation as number) >= 0)) {
    throw invalid(
      "INVALID_RATING",
      "a deviation is a finite number of 0 or more",
      deviation,
      "Leave it out if unknown.",
    );
  }
  const kept = checkedAttributes(attributes, schema);
  const checked: Mutable<Player> = { id, rating };
  if (deviation !== undefined) checked.deviation = deviation as number;
  if (kept) checked.attributes = kept;
  return checked;
}

function isId(value: unknown): value is string {
  return isText(value, LONGEST_ID) && value.length > 0;
}

/** Throws `INVALID_RATING` for what is no rating. */
export function checkedRating(rating: unknown): number {
  if (typeof rating === "number" && Number.isFinite(rating)) return rating;
  const remedy = "Give newcomers the rating they start with.";
  throw invalid("INVALID_RATING", "a rating is a finite number", rating, remedy);
}

/** A text that every store and bus can hold: no NUL, which Postgres refuses, and no half of a surrogate pair. */
function isText(value: unknown, longest: number): value is string {
  return typeof value === "string" && value.length <= longest && !/[\0\p{Cs}]/u.test(value);
}

/** Throws `INVALID_PLAYERS` for what is no player id. */
export function checkedPlayerId(id: unknown): string {
  if (isId(id)) return id;
  throw invalid("INVALID_PLAYERS", `a player id is ${ID}`, id, "Send the id as text.");
}

function checkedAttributes(attributes: unknown, schema: AttributeSchema): Attributes | undefined {
  if (attributes !== undefined && !isObject(attributes)) {
    throw invalid(
      "INVALID_ATTRIBUTE",
      "attributes are an object",
      attributes,
      "Pass attributes: { name: value }.",
    );
  }
  const kept = attributes && copied(attributes);
  for (const [name, type] of Object.entries(schema)) {
    const value = kept && Object.hasOwn(kept, name) ? kept[name] : undefined;
    if (typeOf(value) === type || (Array.isArray(value) && value.length === 0 && type.endsWith("[]")))
      continue;
    throw invalid(
      "INVALID_ATTRIBUTE",
      `this queue needs the attribute "${name}" as ${type}`,
      value,
      "Send it with each player.",
    );
  }
  return kept;
}

function copied(attributes: Readonly<Record<string, unknown>>): Attributes {
  const entries = Object.entries(attributes);
  if (entries.length > MOST_ATTRIBUTES) {
    const rule = `a player has at most ${MOST_ATTRIBUTES} attributes`;
    throw invalid("INVALID_ATTRIBUTE", rule, entries.length, "Send those that are read.");
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, copiedValue(name, value)]));
}

function copiedValue(name: string, value: unknown): AttributeValue {
  if (!isText(name, LONGEST_TEXT) || (!typeOf(value) && !(Array.isArray(value) && value.length === 0))) {
    const rule = `the attribute "${name}" is a string, finite number, boolean, string[], number[] or record of numbers`;
    const remedy = `Send well-formed data of at most ${LONGEST_LIST} entries and ${LONGEST_TEXT} characters.`;
    throw invalid("INVALID_ATTRIBUTE", rule, value, remedy);
  }
  return (
    Array.isArray(value) ? [...(value as unknown[])] : isObject(value) ? { ...value } : value
  ) as AttributeValue;
}

/** The type of an attribute's value; `undefined` for a value that attributes cannot hold, or an empty list. */
function typeOf(value: unknown): AttributeType | undefined {
  if (Array.isArray(value)) {
    const type = typeOf(value[0]);
    if ((type !== "string" && type !== "number") || value.length > LONGEST_LIST) return undefined;
    // Not every item is one that `every` looks at: it leaves holes out.
    return value.every((item) => typeOf(item) === type) && !value.includes(undefined)
      ? `${type}[]`
      : undefined;
  }
  if (typeof value === "number") return Number.isFinite(value) ? "number" : undefined;
  if (typeof value === "string") return isText(value, LONGEST_TEXT) ? "string" : undefined;
  if (typeof value === "boolean") return "boolean";
  // A date, a map and the like are objects without entries.
  if (Object.prototype.toString.call(value) !== "[object Object]") return undefined;
  const entries = Object.entries(value as object);
  const isRecord =
    entries.length <= LONGEST_LIST &&
    entries.every(([name, item]) => isText(name, LONGEST_TEXT) && typeOf(item) === "number");
  return isRecord ? "record" : undefined;
}

/** The ticket of a checked request, made now. */
export function ticketFrom<P extends Player>(
  queue: Queue,
  request: unknown,
  now: Millis,
  uuid: Uuid,
): Ticket<P> {
  const { players, region } = checkedRequest<P>(request, queue);
  const { name, ticketTtlMs, heartbeatMs } = queue;
  const ticket: Mutable<Ticket<P>> = { id: "", queue: name, region, players, joinedAt: now };
  ticket.id = uuid(now, ticket);
  if (ticketTtlMs < Infinity) ticket.expiresAt = now + ticketTtlMs;
  if (heartbeatMs < Infinity) ticket.heartbeatMs = heartbeatMs;
  return ticket;
}

/** Throws `INVALID_REQUEST` for what is no request id. */
export function checkedRequestId(requestId: unknown): void {
  if (requestId === undefined || isId(requestId)) return;
  throw invalid("INVALID_REQUEST", `a requestId is ${ID}`, requestId, "Send a UUID as text.");
}

export function alreadyWaiting(ticket: Ticket): EvenmatchError {
  return new EvenmatchError("ALREADY_WAITING", {
    rule: "a player has at most one live ticket in a queue",
    received: ticket.id,
    remedy: 'Leave it first, or join with onDuplicate: "return" or "replace".',
    ticket,
  });
}

export function poolFull(ticket: Ticket, waiting: number): EvenmatchError {
  return new EvenmatchError("POOL_FULL", {
    rule: `the pool ${ticket.queue}, ${ticket.region} takes no more tickets than its maxWaiting`,
    received: waiting,
    remedy: "Try again when some have been matched.",
    retryable: true,
  });
}

/** An error for a call to what is no longer there. */
export function closedError(): EvenmatchError {
  return new EvenmatchError("CLOSED", {
    rule: "a closed matchmaker takes no calls",
    remedy: "Make a new one.",
  });
}

export function notAvailable(what: string): EvenmatchError {
  return new EvenmatchError("NOT_AVAILABLE", {
    rule: `${what} is not available`,
    remedy: "Choose a strategy that gives one.",
  });
}
