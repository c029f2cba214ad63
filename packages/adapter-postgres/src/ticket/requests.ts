import type { Outcomes, PoolKey, Request, RequestOutcome, Ticket } from "@evenmatch/core";
import { nameOf, routeOf } from "@evenmatch/core/adapter";
import { arrayText, Columns } from "../connection/columns.js";
import { placed, segmentsOf, type Placed } from "./segments.js";

/** What `submit` of the database returns for a place: whatever is not the usual outcome. */
export interface SubmittedRow {
  readonly place: number;
  readonly outcome: string;
  readonly ref: string | null;
}

/** The statement that takes a segment up. */
export const SUBMIT = `SELECT * FROM {schema}.submit(${Array.from({ length: 29 }, (_, n) => `$${n + 1}`).join(", ")})`;

/** Requests as calls, one after the other. */
export function requestSegments(requests: readonly Request[]): Placed<Request>[][] {
  return segmentsOf(placed(requests), keysOf);
}

/** The pools of requests, by name. */
export function poolsOf(requests: readonly Request[]): Map<string, PoolKey> {
  const pools = new Map<string, PoolKey>();
  for (const request of requests) {
    const pool = routeOf(request);
    if (pool) pools.set(nameOf(pool), pool);
  }
  return pools;
}

/** What a request touches; `undefined` for one whose id the library never made. */
function keysOf(request: Request): readonly string[] | undefined {
  if (!routeOf(request)) return undefined;
  switch (request.type) {
    case "join": {
      const { ticket, requestId } = request;
      const keys = ticket.players.map(({ id }) => `player ${ticket.queue} ${id}`);
      keys.push(`ticket ${ticket.id}`);
      if (requestId !== undefined) keys.push(`request ${requestKey(ticket, requestId)}`);
      return keys;
    }
    case "leave":
    case "beat":
      return [`ticket ${request.ticketId}`];
    case "answer":
      return [`answer ${request.matchId} ${request.playerId}`];
  }
}

/** A request id belongs to who sent it, in its queue: another player's equal text is another request. */
function requestKey({ queue, players }: Ticket, requestId: string): string {
  const id = players[0]?.id ?? "";
  return `${queue} ${id.length}.${id}${requestId}`;
}

/** The parameters of {@link SUBMIT}. `numberOf` knows pools; a request of a pool that it does not know is left out. */
export function submitValues(
  segment: readonly Placed<Request>[],
  now: number,
  numberOf: (pool: PoolKey) => number | undefined,
): unknown[] {
  const joins = new Columns(11);
  const players = new Columns(6);
  const leaves = new Columns(3);
  const beats = new Columns(3);
  const answers = new Columns(5);
  for (const { place, input } of segment) {
    const pool = numberOf(routeOf(input) as PoolKey);
    if (pool === undefined) continue;
    switch (input.type) {
      case "join": {
        const { ticket, requestId, maxWaiting } = input;
        const ids = ticket.players.map(({ id }) => id);
        joins.add(
          place,
          pool,
          ticket.id,
          JSON.stringify(ticket),
          ticket.joinedAt,
          ticket.expiresAt ?? null,
          ticket.heartbeatMs ?? null,
          requestId === undefined ? null : requestKey(ticket, requestId),
          requestId ?? null,
          Math.min(maxWaiting ?? MOST, MOST),
          arrayText(ids),
        );
        ids.forEach((id, index) => players.add(joins.length, pool, ticket.queue, id, ticket.id, index === 0));
        break;
      }
      case "leave":
        leaves.add(place, pool, input.ticketId);
        break;
      case "beat":
        beats.add(place, pool, input.ticketId);
        break;
      case "answer":
        answers.add(place, pool, input.matchId, input.playerId, input.accepted);
        break;
    }
  }
  return [now, ...joins.all, ...players.all, ...leaves.all, ...beats.all, ...answers.all];
}

/** The largest number that the database counts waiting tickets with. */
const MOST = 2 ** 31 - 1;

/** What a request answers, by what the database said of its place: nothing for the usual outcome. */
export function requestOutcome(
  request: Request,
  said: SubmittedRow | undefined,
  isKnown: boolean,
): RequestOutcome {
  const { outcome, ref } = said ?? {
    outcome: isKnown ? USUAL[request.type] : UNKNOWN[request.type],
    ref: null,
  };
  if (request.type === "join") return joinOutcome(request.ticket, outcome, ref);
  if (outcome === "claimed") return { type: "claimed", matchId: ref as string };
  return { type: outcome } as RequestOutcome;
}

function joinOutcome(ticket: Ticket, outcome: string, ref: string | null): Outcomes["join"] {
  if (outcome === "added") return { type: "added", ticket };
  if (outcome === "full") return { type: "full", waiting: Number(ref) };
  return { type: outcome as "same" | "conflict", ticket: JSON.parse(ref as string) as Ticket };
}

const USUAL = { join: "added", leave: "left", beat: "live", answer: "recorded" } as const;
const UNKNOWN = { join: "added", leave: "unknown", beat: "ended", answer: "unknown" } as const;
