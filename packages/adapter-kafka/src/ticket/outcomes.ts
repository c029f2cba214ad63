import type { Millis, Request, RequestOutcome } from "@evenmatch/core";
import type { Question as Sent } from "./asking.js";
import { encodeAsked, type Asked, type Reply } from "./requests.js";

/** What takes a join back that was refused. */
export function leaveOf(
  sent: Sent,
  { outcome }: Extract<Reply, { type: "outcome" }>,
  at: Millis,
): Sent | undefined {
  const { asked } = sent;
  if (asked.type !== "request" || asked.request.type !== "join") return undefined;
  if (outcome.type !== "full" && outcome.type !== "conflict") return undefined;
  const request: Request = { type: "leave", ticketId: asked.request.ticket.id };
  const leave: Asked = { type: "request", request, at };
  return { ...sent, asked: leave, text: encodeAsked(leave) };
}

/** A limit that is none is left out: JSON does not know it. */
export function finite(request: Request): Request {
  if (request.type !== "join" || request.maxWaiting !== Infinity) return request;
  return { ...request, maxWaiting: undefined };
}

/** What a reply says of a request. */
export function outcomeOf(
  request: Request,
  outcome: Extract<Reply, { type: "outcome" }>["outcome"],
): RequestOutcome {
  if (outcome.type !== "added") return outcome;
  return { type: "added", ticket: (request as Extract<Request, { type: "join" }>).ticket };
}
