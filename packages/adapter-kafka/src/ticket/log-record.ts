import type { Match, MatchState, Millis, RequestOutcome, Ticket, TicketState } from "@evenmatch/core";
import type { TicketRecord } from "@evenmatch/core/adapter";

/**
 * The log of a partition. Kafka compacts it, so it holds states and not changes: the last record of a key is what
 * holds now, and a tombstone (a record without a value) says that it is forgotten. Every transaction writes
 * `position`, and every owner begins with `owned`.
 */
export interface LogEntry {
  readonly key: string;
  /** JSON, or `null` for a tombstone. */
  readonly value: string | null;
}

/** The key under which an owner says that it has taken over. */
export const OWNED = "owned";
/** The key under which every transaction says how far requests are taken up. */
export const POSITION = "position";

/** When something ended: the number of the change, and its match time. */
export type Ended = readonly [seq: number, at: Millis];

/** A ticket as it stands. */
export interface TicketValue {
  readonly type: "ticket";
  readonly ticket: Ticket;
  readonly state: TicketState;
  readonly matchId?: string | undefined;
  readonly seenAt?: Millis | undefined;
  readonly leaving?: boolean;
  readonly requestId?: string | undefined;
  /** The number of the change by which it joined: tickets are restored in this order. */
  readonly joined: number;
  readonly ended?: Ended | undefined;
}

/** A match as it stands. */
export interface MatchValue {
  readonly type: "match";
  readonly match: Match;
  readonly state: MatchState;
  /** Pairs, because a player's id may be any text. */
  readonly answers: readonly (readonly [playerId: string, accepted: boolean])[];
  /** The number of the change by which it was claimed. */
  readonly claimed: number;
  readonly ended?: Ended | undefined;
}

/** How a queue lies on its partitions, which cannot change while it lives. */
export interface Layout {
  /** How many partitions the queue has. */
  readonly partitions: number;
  /**
   * `pool`: a pool lies on one partition. `none`: its tickets go round all partitions, by the hash of their ids, and
   * each partition is a pool of its own.
   */
  readonly key: "pool" | "none";
}

/** How far the requests of the partition are taken up. */
export interface PositionValue extends Pick<Layout, "partitions">, Partial<Pick<Layout, "key">> {
  readonly type: "position";
  /** The offset of the next request. */
  readonly next: number;
  /** The number of the last change. */
  readonly seq: number;
  /** The number of the last change that the owner has been told of. */
  readonly told: number;
}

/** What an owner begins with. */
export interface OwnedValue {
  readonly type: "owned";
  /** By which it finds its own. */
  readonly nonce: string;
}

/** What a join is refused with. */
export type RefusedOutcome = Extract<RequestOutcome, { type: "full" | "conflict" }>;

/** That a request to join was refused, so that it is refused again when it comes a second time. */
export interface RefusedValue {
  readonly type: "refused";
  readonly outcome: RefusedOutcome;
}

export type LogValue = TicketValue | MatchValue | PositionValue | OwnedValue | RefusedValue;

const VERSION = 1;

/** A record's value as text. */
export function encodeValue(value: LogValue): string {
  return JSON.stringify({ v: VERSION, ...value });
}

/** The value of a record, or `undefined` where it is none that this version writes. */
export function decodeValue(text: string): LogValue | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isValue(value) ? value : undefined;
}

/** The key of a match: an id begins with the name of a queue, which holds no colon. */
export function matchKey(matchId: string): string {
  return `match:${matchId}`;
}

/** The key of a refusal: the request is known by who asked, and the number that it had there. */
export function refusalKey(asker: string, number: number): string {
  return `${REFUSED}${asker} ${number}`;
}

/** Whether a key is that of a refusal. */
export function isRefusalKey(key: string): boolean {
  return key.startsWith(REFUSED);
}

const REFUSED = "refused:";

type Loose = Readonly<Record<string, unknown>> | null | undefined;

function isValue(given: unknown): given is LogValue {
  const value = given as Loose;
  if (value?.["v"] !== VERSION) return false;
  switch (value["type"]) {
    case "ticket":
      return isTicket(value["ticket"]) && isText(value["state"]) && isWhole(value["joined"]);
    case "match":
      return (
        isMatch(value["match"]) &&
        isText(value["state"]) &&
        Array.isArray(value["answers"]) &&
        isWhole(value["claimed"])
      );
    case "position":
      return (
        ["next", "seq", "told", "partitions"].every((name) => isWhole(value[name])) &&
        ["pool", "none", undefined].includes(value["key"] as string | undefined)
      );
    case "owned":
      return isText(value["nonce"]);
    case "refused":
      return isRefused(value["outcome"] as Loose);
    default:
      return false;
  }
}

/** Whether a value can be kept as a ticket: it has an id, and players who have one. */
export function isTicket(value: unknown): value is Ticket {
  const players = (value as Loose)?.["players"];
  if (!isText((value as Loose)?.["id"]) || !Array.isArray(players) || players.length === 0) return false;
  return players.every((player: Loose) => isText(player?.["id"]));
}

function isMatch(value: unknown): boolean {
  const teams = (value as Loose)?.["teams"];
  if (!isText((value as Loose)?.["id"]) || !Array.isArray(teams)) return false;
  return teams.every((team) => Array.isArray(team) && team.every(isTicket));
}

function isRefused(outcome: Loose): boolean {
  if (outcome?.["type"] === "full") return isWhole(outcome["waiting"]);
  return outcome?.["type"] === "conflict" && isTicket(outcome["ticket"]);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value);
}

/** True for a ticket that is matched, left or expired. */
export function isOver(state: TicketRecord["state"]): boolean {
  return state !== "waiting" && state !== "claimed";
}

/** True for a match that is delivered or released. */
export function isClosed(state: MatchState): boolean {
  return state === "delivered" || state === "released";
}
