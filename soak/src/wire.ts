import type { Socket } from "node:net";
import type { EndedNews, MatchNews, News, Replied } from "@evenmatch/testkit";
import type { QueueName, SoakPlayer } from "./queues.js";

/** What callers and server processes say to each other: lines of JSON over TCP. */

/** How a call came out, as the history has it. */
export type Reply = Replied["reply"];

/** What a caller asks for. */
export type Asking =
  | {
      readonly op: "join";
      readonly queue: QueueName;
      readonly region: string;
      readonly players: readonly SoakPlayer[];
      readonly requestId?: string | undefined;
      readonly onDuplicate: "reject" | "return" | "replace";
    }
  | { readonly op: "leave"; readonly ticketId: string }
  | {
      readonly op: "answer";
      readonly matchId: string;
      readonly playerId: string;
      readonly accepted: boolean;
    }
  /** What became of a ticket: answered once it has ended. */
  | { readonly op: "watch"; readonly ticketId: string }
  | { readonly op: "beat"; readonly ticketIds: readonly string[] };

export type Asked = Asking & { readonly id: number };

/** What a server process answers. */
export type Answered =
  | { readonly type: "reply"; readonly reply: Reply }
  | { readonly type: "ended"; readonly news: MatchNews | EndedNews }
  /** It may or may not have taken effect. */
  | { readonly type: "open"; readonly code: string };

/** What a server process sends: an answer, or news for some players. */
export type Sent =
  | { readonly id: number; readonly answer: Answered }
  | { readonly news: News; readonly players: readonly string[] };

/** Sends one line; to a socket that is gone it is lost, as on any wire. */
export function send(socket: Socket, line: Asked | Sent): void {
  if (socket.writable) socket.write(`${JSON.stringify(line)}\n`);
}

/** Calls back with each line that comes in. What a dying sender did not write to its end is left out. */
export function hear(socket: Socket, take: (line: unknown) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(JSON.parse(line));
  });
  socket.on("error", () => socket.destroy());
}
