import type { Server, Socket } from "socket.io";
import type { ClientToServer, PlayerView, ServerToClient } from "./protocol.js";
import type { Region } from "./queues.js";

/** What the server knows of a socket: who it is, from its token alone, and what it looks at. */
export interface SocketData {
  player: PlayerView;
  expiresAt: number;
  watches?: Region;
}

export type DuelIo = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
export type DuelSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;

/** Every tab of a player. Only the server puts sockets into rooms, by the token of their handshake. */
export function roomOf(playerId: string): string {
  return `player:${playerId}`;
}

/** Everyone who looks at the board of a region. */
export function boardRoomOf(region: Region): string {
  return `board:${region}`;
}

export function roomsOf(players: readonly { readonly id: string }[]): string[] {
  return players.map(({ id }) => roomOf(id));
}
