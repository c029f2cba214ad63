import type { Outcomes, Request, RequestOutcome, Ticket } from "@evenmatch/core";
import { routeOf } from "@evenmatch/core/adapter";
import type { Argument } from "../connection/driver.js";
import { isKeepable, placeOf } from "./keys.js";
import { playersText, requestText, ticketRecord } from "./records.js";

/** Requests of one queue that go out in one call. */
export interface RequestCall {
  readonly queue: string;
  /** The pools that they name. */
  readonly places: ReadonlySet<string>;
  /** Where in the batch each of them is. */
  readonly indexes: readonly number[];
  readonly args: readonly Argument[];
}

/** So many at once keep the server busy for four milliseconds or so. */
export const MOST_INPUTS = 500;
/** And so many characters of bodies. */
export const MOST_TEXT = 2_000_000;

interface Growing extends RequestCall {
  readonly places: Set<string>;
  readonly indexes: number[];
  readonly args: Argument[];
  size: number;
}

/** Requests as calls: those of a queue in their order, one call after the other. */
export function requestCalls(requests: readonly Request[]): Map<string, RequestCall[]> {
  const calls = new Map<string, RequestCall[]>();
  const open = new Map<string, Growing>();
  for (const [index, request] of requests.entries()) {
    const pool = routeOf(request);
    if (!pool || !isKeepable(pool)) continue;
    const { queue } = pool;
    let call = open.get(queue);
    if (!call || call.indexes.length >= MOST_INPUTS || call.size >= MOST_TEXT) {
      call = { queue, places: new Set(), indexes: [], args: [], size: 0 };
      open.set(queue, call);
      const list = calls.get(queue);
      if (list) list.push(call);
      else calls.set(queue, [call]);
    }
    const place = placeOf(pool);
    call.places.add(place);
    call.indexes.push(index);
    call.size += add(call.args, request, place);
  }
  return calls;
}

function add(args: Argument[], request: Request, place: string): number {
  switch (request.type) {
    case "join": {
      const { ticket, requestId, maxWaiting } = request;
      const most = maxWaiting === undefined || maxWaiting === Infinity ? "" : maxWaiting;
      const [players, asked] = [playersText(ticket.players), requestText(ticket, requestId)];
      const record = ticketRecord(ticket, players, asked);
      args.push("j", place, ticket.id, most, asked, players, record);
      return record.length;
    }
    case "leave":
      args.push("l", place, request.ticketId);
      return 0;
    case "beat":
      args.push("b", place, request.ticketId);
      return 0;
    case "answer":
      args.push("a", place, request.matchId, JSON.stringify(request.playerId), request.accepted ? "1" : "0");
      return 0;
  }
}

const USUAL = { join: "added", leave: "left", beat: "live", answer: "recorded" } as const;
const UNKNOWN = { join: "added", leave: "unknown", beat: "ended", answer: "unknown" } as const;

/** What a request answers, by what the script said of it: nothing for the usual outcome. */
export function requestOutcome(
  request: Request,
  said: readonly [string, string] | undefined,
): RequestOutcome {
  const [outcome, about] = said ?? [USUAL[request.type], ""];
  if (request.type === "join") return joinOutcome(request.ticket, outcome, about);
  if (outcome === "claimed") return { type: "claimed", matchId: about };
  return { type: outcome } as RequestOutcome;
}

/** What a request answers whose id the library never made. */
export function unknownOutcome(request: Request): RequestOutcome {
  return requestOutcome(request, [UNKNOWN[request.type], ""]);
}

function joinOutcome(ticket: Ticket, outcome: string, about: string): Outcomes["join"] {
  if (outcome === "added") return { type: "added", ticket };
  if (outcome === "full") return { type: "full", waiting: Number(about) };
  if (about === "") return { type: "same", ticket };
  return { type: outcome as "same" | "conflict", ticket: JSON.parse(about) as Ticket };
}
