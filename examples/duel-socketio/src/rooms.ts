import type { Server, Socket } from "socket.io";
import type { ClientToServer, ServerToClient } from "./protocol.js";
import type { Place } from "./seats.js";

/** What the server knows of a socket, from its token alone. */
export interface SocketData {
  playerId: string;
  expiresAt: number;
}

export type DuelIo = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
export type DuelSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;

/** Every tab of a player. Only the server puts sockets into rooms, by the token of their handshake. */
export function roomOf(playerId: string): string {
  return `player:${playerId}`;
}

/** Everyone who waits in a pool. */
export function poolRoomOf({ queue, region }: Place): string {
  return `pool:${queue}.${region}`;
}

export function roomsOf(players: readonly { readonly id: string }[]): string[] {
  return players.map(({ id }) => roomOf(id));
}
