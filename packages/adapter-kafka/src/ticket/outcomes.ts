import type { Request, RequestOutcome } from "@evenmatch/core";
import type { Reply } from "./requests.js";

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
