import type { Server, Socket } from "socket.io";
import type { Session } from "./identity.js";
import type { Preferences } from "./preferences.js";
import type { CallError } from "./refusal.js";

/** Everything on the wire of Socket.IO. A call is acknowledged where the client asks for it; no payload says who calls. */

export type Reply<Answer> =
  ({ readonly ok: true } & Answer) | { readonly ok: false; readonly error: CallError };

export interface ClientToServer {
  /** `preferences`, all of which may be left out. */
  join_queue(preferences: unknown, reply?: (reply: Reply<Place>) => void): void;
  leave_queue(reply?: (reply: Reply<Left>) => void): void;
}

export interface ServerToClient {
  /** The person waits: joined here, in another tab, over HTTP, or again after Redis had lost it. */
  queue_joined(place: Place): void;
  /** The person no longer waits, and no partner was found. */
  queue_left(news: { readonly reason: "left" | "expired" }): void;
  /** A partner was found, and the room is there: GET /api/rooms/:match_id. */
  match_found(news: { readonly match_id: string; readonly partner_id: string }): void;
  /** Redis is away. Places are kept; it goes on by itself. */
  queue_unavailable(error: CallError): void;
  /** Redis is back, and so is everybody's place. */
  queue_available(): void;
  /** A call was refused whose client asked for no acknowledgement. */
  queue_error(error: CallError): void;
}

/** What servers tell each other. */
export interface ServerToServer {
  /** Somebody has joined: whoever has connections of theirs may want to hear of their ticket. */
  joined(personId: string): void;
}

/** Somebody's place in the queue. A span of time rather than an instant: the clocks of clients differ. */
export interface Place {
  readonly status: "waiting";
  readonly waited_ms: number;
  readonly preferences: Preferences;
}

/** `matched`: too late, a partner was found. */
export interface Left {
  readonly status: "left" | "matched";
}

/** What somebody is told of themselves. */
export type OwnStatus =
  | Place
  | { readonly status: "matched"; readonly match_id: string; readonly partner_id: string }
  | { readonly status: "idle" };

export type PracticeIo = Server<ClientToServer, ServerToClient, ServerToServer, Session>;
export type PracticeSocket = Socket<ClientToServer, ServerToClient, ServerToServer, Session>;

/** Every connection of somebody. Only the server puts sockets into rooms, by the session of their handshake. */
export function roomOf(personId: string): string {
  return `person:${personId}`;
}
