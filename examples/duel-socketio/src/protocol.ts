import { z } from "zod";
import { queueNames, regions, type Mode, type QueueName, type Region } from "./queues.js";

/**
 * Everything that travels between a client and this server. A client sends a call with one payload and gets one
 * reply; the server pushes news to every tab of a player. Who the player is comes from the token of the handshake,
 * so no payload names one, nor a ticket: the server's own book knows which is whose.
 */

const nothing = z.strictObject({});
const answer = z.strictObject({ matchId: z.string().min(1).max(200) });

/** The payload of each call. */
export const payloads = {
  /** Asks for a match. With `party` the code of the party that the caller leads: all of it joins. */
  join: z.strictObject({
    queue: z.enum(queueNames),
    region: z.enum(regions),
    party: z.string().min(1).max(16).optional(),
  }),
  /** Gives the place up; the whole party leaves with it. */
  leave: nothing,
  /** Everything a client needs to show itself, after a reconnect or in a second tab. */
  status: nothing,
  /** Accepts the match of a ready check. */
  accept: answer,
  /** Declines it: the caller's ticket leaves, the others go back to their place. */
  decline: answer,
  /** Makes a party, whose code its leader gives to a friend. */
  createParty: nothing,
  joinParty: z.strictObject({ code: z.string().min(1).max(16) }),
  leaveParty: nothing,
  /** Why the caller's own ticket is not matched yet. */
  explain: nothing,
  /** How long the caller would wait in each queue of a region. */
  estimate: z.strictObject({ region: z.enum(regions) }),
  /** Who waits in a region, now and from now on, in place of the region that was asked for before. */
  board: z.strictObject({ region: z.enum(regions) }),
  /** The caller's last matches. */
  history: nothing,
} satisfies Record<string, z.ZodType>;

export type CallName = keyof typeof payloads;
export type Payload<Name extends CallName> = z.output<(typeof payloads)[Name]>;

/** What each call answers when it succeeds. */
export interface Answers {
  join: { readonly ticket: TicketView };
  /** `claimed`: too late, the match was faster. */
  leave: { readonly outcome: "left" | "claimed" | "unknown"; readonly ticketId: string };
  status: { readonly status: PlayerStatus };
  /** `already`: answered before; `closed`: too late. */
  accept: { readonly outcome: "recorded" | "already" | "closed" };
  decline: { readonly outcome: "recorded" | "already" | "closed" };
  createParty: { readonly party: PartyView };
  joinParty: { readonly party: PartyView };
  leaveParty: object;
  /** Null where nothing can be said: the ticket is just being matched, or the mode cannot say. */
  explain: { readonly explanation: ExplanationView | null };
  estimate: { readonly estimates: Readonly<Record<QueueName, EstimateView | null>> };
  board: { readonly board: BoardView };
  /** The newest first. */
  history: { readonly matches: readonly MatchView[] };
}

export type Reply<Answer> =
  ({ readonly ok: true } & Answer) | { readonly ok: false; readonly error: CallError };

/** Why a call was refused; nothing has changed then. */
export interface CallError {
  readonly code: string;
  readonly message: string;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean;
}

export type ClientToServer = {
  [Name in CallName]: (payload: Payload<Name>, reply: (reply: Reply<Answers[Name]>) => void) => void;
};

export interface ServerToClient {
  /** The player waits: joined here, in another tab, or by the leader of the party. */
  joined(ticket: TicketView): void;
  /** Who waits in the region that this socket asked for has changed. */
  board(board: BoardView): void;
  /** A match formed and asks its players to accept. */
  ready_check(check: ReadyCheckView): void;
  /** Somebody answered the ready check. */
  answered(answer: { readonly matchId: string; readonly playerId: string; readonly accepted: boolean }): void;
  /** The match fell through; the player waits again, in the same place. */
  released(news: { readonly ticket: TicketView; readonly matchId: string; readonly reason: string }): void;
  /** The match happens. */
  match_found(match: MatchView): void;
  /** The ticket ended without a match. */
  ended(news: {
    readonly ticketId: string;
    readonly state: "left" | "expired";
    readonly reason: string;
  }): void;
  /** The player's party, or null when there is none any more. */
  party(party: PartyView | null): void;
}

export interface PlayerView {
  readonly id: string;
  readonly name: string;
  readonly rating: number;
  /** Plays by itself. */
  readonly bot?: true;
}

/** Who waits in a region. */
export interface BoardView {
  readonly region: Region;
  readonly pools: Readonly<Record<QueueName, PoolView>>;
}

export interface PoolView {
  readonly waiting: number;
  /** In order; where many wait, evenly many of them all. */
  readonly ratings: readonly number[];
}

/** Why a ticket waits, without a word about whose the other tickets are. */
export interface ExplanationView {
  readonly ticketId: string;
  /** How many points the nearest candidates are away, nearest first. */
  readonly nearest: readonly number[];
  /** How many tickets come nearest to being a match with this one, itself included. */
  readonly group: number;
  readonly blockedBy: readonly {
    readonly rule: string;
    readonly limit: number | null;
    readonly value: number | null;
  }[];
  /** When the match forms if nobody comes or leaves; null if never. */
  readonly givesWayInMs: number | null;
}

/** An expected wait; null where nobody was seen to be matched. */
export interface EstimateView {
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly observed: number;
  readonly basis: "observed" | "fallback";
  /** How often the p90 was enough lately, from 0 to 1. */
  readonly held: number | null;
}

/** Spans of time rather than instants: the clocks of clients differ. */
export interface TicketView {
  readonly ticketId: string;
  readonly queue: QueueName;
  readonly region: Region;
  readonly players: readonly PlayerView[];
  readonly waitedMs: number;
}

export interface MatchView {
  readonly matchId: string;
  readonly queue: string;
  readonly region: string;
  readonly quality: number;
  readonly teams: readonly (readonly {
    readonly ticketId: string;
    readonly players: readonly PlayerView[];
  }[])[];
  /** Where it is a tournament: who meets whom. */
  readonly bracket?: BracketView;
}

/** The rounds of a bracket, from the first to the final. */
export interface BracketView {
  readonly rounds: readonly (readonly MeetingView[])[];
}

/** Two sides of a meeting, from the top. */
export type MeetingView = readonly [SlotView, SlotView];

/** Who is in a place of the bracket: a seed, nobody (a bye for the other), or whoever wins the meeting before. */
export type SlotView =
  | { readonly seed: number; readonly player: PlayerView }
  | { readonly bye: true }
  | { readonly winnerOf: { readonly round: number; readonly meeting: number } };

export interface ReadyCheckView {
  readonly match: MatchView;
  readonly leftMs: number;
  /** Who has answered, by player id, and what. */
  readonly answers: Readonly<Record<string, boolean>>;
}

export interface PartyView {
  readonly code: string;
  readonly leaderId: string;
  readonly players: readonly PlayerView[];
}

export interface PlayerStatus {
  readonly player: PlayerView;
  readonly party: PartyView | null;
  readonly ticket: TicketView | null;
  readonly readyCheck: ReadyCheckView | null;
  readonly lastMatch: MatchView | null;
}

/** POST /api/sign-in. */
export const signInPayload = z.strictObject({
  name: z
    .string()
    .max(100)
    .transform((name) => name.normalize("NFKC").trim())
    .pipe(
      z
        .string()
        .regex(
          /^[\p{L}\p{N}](?:[\p{L}\p{N} _.'-]{0,22}[\p{L}\p{N}])?$/u,
          "a name has 1 to 24 letters, digits, spaces or _ . ' -, and starts and ends with a letter or digit",
        ),
    ),
  /** Taken only by a server that allows it, for tests. */
  rating: z.number().min(0).max(10_000).optional(),
});

/** GET /api/matches?limit=10&after=…, with the token as `Authorization: Bearer …`: what the player has played. */
export const matchesQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d+$/, "limit is a whole number")
    .transform(Number)
    .pipe(z.number().min(1, "limit is at least 1").max(100, "limit is at most 100"))
    .default(10),
  /** The `next` of the page before. */
  after: z.string().min(1).max(300).optional(),
});

export interface SignedIn {
  readonly token: string;
  readonly player: PlayerView;
}

/** GET /api/info: what a client needs to know before it signs in. */
export interface ServerInfo {
  readonly queues: readonly ({ readonly name: QueueName } & Mode)[];
  readonly regions: readonly Region[];
  readonly graceMs: number;
  /** How long a tournament collects players before it takes the size it has. */
  readonly fillMs: number;
  /** How many bots play along. */
  readonly bots: number;
  /** Whether a client may say its rating, and whether the server shows its final state: for tests. */
  readonly allowsRating: boolean;
  readonly showsFinalState: boolean;
}
