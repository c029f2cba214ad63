import type { Server, Socket } from "socket.io";
import type { ClientToServer, PlayerView, ServerToClient } from "./protocol.js";
import type { Region } from "./queues.js";

/** What the server knows of a socket: who it is, from its token alone, and what it looks at. */
export interface SocketData {
  player: PlayerView;
  expiresAt: number;
  watches?: Region;
}

/** What processes of one server tell each other. */
export interface ServerToServer {
  /** These players have sat down: whoever has sockets of theirs may want to hear of their ticket. */
  seated(playerIds: readonly string[]): void;
  /** The party of these players has changed: whoever has sockets of theirs may want to tell them. */
  partied(playerIds: readonly string[]): void;
}

export type DuelIo = Server<ClientToServer, ServerToClient, ServerToServer, SocketData>;
export type DuelSocket = Socket<ClientToServer, ServerToClient, ServerToServer, SocketData>;

/** Every tab of a player. Only the server puts sockets into rooms, by the token of their handshake. */
export function roomOf(playerId: string): string {
  return `player:${playerId}`;
}

/** The players who have sockets at this process. */
export function playersHere(io: DuelIo): string[] {
  const prefix = roomOf("");
  return [...io.of("/").adapter.rooms.keys()].flatMap((room) =>
    room.startsWith(prefix) ? [room.slice(prefix.length)] : [],
  );
}

export function isHere(io: DuelIo, playerId: string): boolean {
  return io.of("/").adapter.rooms.has(roomOf(playerId));
}

/** Everyone who looks at the board of a region. */
export function boardRoomOf(region: Region): string {
  return `board:${region}`;
}

export function roomsOf(players: readonly { readonly id: string }[]): string[] {
  return players.map(({ id }) => roomOf(id));
}
