import { ticketsOf, type Decision, type DecisionOutcome } from "@evenmatch/core";
import type { Argument } from "../connection/driver.js";
import { matchRecord, playersText } from "./records.js";
import { MOST_INPUTS, MOST_TEXT } from "./requests.js";

/** Decisions that go out in one call. */
export interface DecisionCall {
  /** Where in the batch the first of them is. */
  readonly from: number;
  readonly args: Argument[];
  count: number;
  size: number;
  /** How many tickets its claims name. */
  tickets: number;
}

/** So many tickets of matches at once keep the server as busy as as many pairs as there are inputs in a call. */
const MOST_TICKETS = 2 * MOST_INPUTS;

/** Decisions as calls, one after the other. An empty batch is one, too: a stale lease is told so. */
export function decisionCalls(decisions: readonly Decision[]): DecisionCall[] {
  const begin = (from: number): DecisionCall => ({ from, args: [], count: 0, size: 0, tickets: 0 });
  let call = begin(0);
  const calls = [call];
  for (let index = 0; index < decisions.length;) {
    const decision = decisions[index] as Decision;
    const tickets = decision.type === "claim" ? ticketsOf(decision.match).length : 0;
    const isFull =
      call.count >= MOST_INPUTS || call.size >= MOST_TEXT || call.tickets + tickets > MOST_TICKETS;
    if (isFull && call.count > 0) calls.push((call = begin(index)));
    const taken = isSettledAtOnce(decision, decisions[index + 1]) ? 2 : 1;
    call.tickets += tickets;
    call.count += taken;
    call.size += add(call.args, decision, taken === 2);
    index += taken;
  }
  return calls;
}

/** A claim with the settling that follows it: what a queue without ready check and allocator decides. */
function isSettledAtOnce(decision: Decision, next: Decision | undefined): boolean {
  return (
    decision.type === "claim" &&
    next?.type === "settle" &&
    next.matchId === decision.match.id &&
    next.assignment === undefined
  );
}

function add(args: Argument[], decision: Decision, isPair: boolean): number {
  switch (decision.type) {
    case "claim": {
      const { match } = decision;
      const ids = match.teams.flatMap((team) => team.map(({ id }) => id));
      const players = playersText(match.teams.flatMap((team) => team.flatMap((ticket) => ticket.players)));
      const record = matchRecord(isPair ? "s" : "c", match, players, ids);
      args.push(isPair ? "p" : "c", match.id, ids.length, ...ids, players, record);
      return record.length;
    }
    case "release":
      args.push("r", decision.matchId, decision.reason, decision.drop.length, ...decision.drop);
      return 0;
    case "settle":
      args.push("s", decision.matchId, decision.assignment ? JSON.stringify(decision.assignment) : "");
      return 0;
    case "deliver":
      args.push("d", decision.matchId);
      return 0;
    case "expire":
      args.push("x", decision.ticketId);
      return 0;
  }
}

const USUAL = {
  claim: "claimed",
  release: "released",
  settle: "settled",
  deliver: "delivered",
  expire: "expired",
} as const;

/** What a decision answers, by what the script said of it: nothing for the usual outcome. */
export function decisionOutcome(
  { type }: Decision,
  said: readonly [string, string] | undefined,
): DecisionOutcome {
  if (!said) return { type: USUAL[type] };
  const [outcome, about] = said;
  if (outcome === "gone") return { type: "gone", ticketIds: about.split(" ") };
  return { type: outcome } as DecisionOutcome;
}
