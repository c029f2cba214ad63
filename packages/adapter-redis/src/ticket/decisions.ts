import { ticketsOf, type Decision, type DecisionOutcome, type Match } from "@evenmatch/core";
import type { Argument } from "../connection/driver.js";
import { matchRecord, nameText, playersText, TAB } from "./records.js";
import { MOST_INPUTS, MOST_TEXT } from "./requests.js";

/** Decisions that go out in one call. */
export interface DecisionCall {
  /** Where in the batch the first of them is. */
  readonly from: number;
  readonly args: readonly Argument[];
  readonly count: number;
}

/** So many tickets of matches at once keep the server as busy as as many pairs as there are inputs in a call. */
const MOST_TICKETS = 2 * MOST_INPUTS;

/**
 * Decisions as calls, one after the other. An empty batch is one, too: a stale lease is told so. How many tickets a
 * match has that was claimed before, only its owner can say.
 */
export function decisionCalls(
  decisions: readonly Decision[],
  sizeOf: (matchId: string) => number = () => 0,
): DecisionCall[] {
  let call = new GrowingCall(0);
  const calls = [call];
  for (let index = 0; index < decisions.length;) {
    const decision = decisions[index] as Decision;
    const tickets = ticketsIn(decision, sizeOf);
    if (call.isFullFor(tickets)) {
      call.end();
      calls.push((call = new GrowingCall(index)));
    }
    index += call.add(decision, decisions[index + 1]);
    call.tickets += tickets;
  }
  call.end();
  return calls;
}

/** How many tickets a decision has the server take up. */
function ticketsIn(decision: Decision, sizeOf: (matchId: string) => number): number {
  if (decision.type === "claim") return ticketsOf(decision.match).length;
  return decision.type === "release" || decision.type === "settle" ? sizeOf(decision.matchId) : 0;
}

/** Matches of one shape that are claimed and settled one after the other: what is alike of them goes out together. */
interface Run {
  readonly size: number;
  readonly width: number;
  readonly ids: string[];
  readonly names: string[];
  readonly made: string[];
}

class GrowingCall implements DecisionCall {
  readonly from: number;
  readonly args: Argument[] = [];
  count = 0;
  /** How many tickets it has the server take up. */
  tickets = 0;
  #size = 0;
  #run: Run | undefined;

  constructor(from: number) {
    this.from = from;
  }

  isFullFor(tickets: number): boolean {
    if (this.count === 0) return false;
    return this.count >= MOST_INPUTS || this.#size >= MOST_TEXT || this.tickets + tickets > MOST_TICKETS;
  }

  /** Takes a decision up, and the next one where it belongs to it. Answers with how many. */
  add(decision: Decision, next: Decision | undefined): number {
    const isPair = isSettledAtOnce(decision, next);
    if (isPair) this.#pair((decision as Extract<Decision, { type: "claim" }>).match);
    else {
      this.end();
      this.#size += add(this.args, decision);
    }
    const taken = isPair ? 2 : 1;
    this.count += taken;
    return taken;
  }

  #pair(match: Match): void {
    const tickets = ticketsOf(match);
    const names = tickets.flatMap(({ players }) => players.map(nameText));
    let run = this.#run;
    if (run?.size !== tickets.length || run.width !== names.length) {
      this.end();
      run = this.#run = { size: tickets.length, width: names.length, ids: [], names: [], made: [] };
    }
    for (const { id } of tickets) run.ids.push(id);
    for (const name of names) run.names.push(name);
    const record = matchRecord("s", match, names.join(TAB), []);
    run.made.push(match.id, record);
    this.#size += record.length;
  }

  /** What comes next follows on nothing. */
  end(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    this.args.push("p", run.made.length / 2, run.size, run.width);
    for (const list of [run.ids, run.names, run.made]) for (const one of list) this.args.push(one);
  }
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

function add(args: Argument[], decision: Decision): number {
  switch (decision.type) {
    case "claim": {
      const { match } = decision;
      const tickets = ticketsOf(match);
      const ids = tickets.map(({ id }) => id);
      const record = matchRecord("c", match, playersText(tickets.flatMap(({ players }) => players)), ids);
      args.push("c", match.id, ids.length, ...ids, record);
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
