import type { FinalState } from "@evenmatch/testkit";
import { pause } from "./pause.js";

/** How long what is under way may take to end, in ms. */
const PATIENCE = 30_000;
const PERIOD = 1_000;

export async function fetchFinalState(url: string): Promise<FinalState> {
  const response = await fetch(`${url}/api/debug/final-state`);
  if (!response.ok)
    throw new Error(`the final state cannot be had: ${response.status} ${await response.text()}`);
  return (await response.json()) as FinalState;
}

/** The state once nothing is under way any more; after a while as it is, for the checker to judge. */
export async function settledState(read: () => Promise<FinalState>): Promise<FinalState> {
  for (let waited = 0; ; waited += PERIOD) {
    const state = await read();
    const isOver = state.tickets.every((ticket) => ticket.state !== "waiting" && ticket.state !== "claimed");
    if ((isOver && state.matches.every((match) => match.state !== "settled")) || waited >= PATIENCE)
      return state;
    await pause(PERIOD);
  }
}

/** What came to be since an earlier state. */
export function since(before: FinalState, { tickets, matches }: FinalState): FinalState {
  const known = new Set([
    ...before.tickets.map(({ ticketId }) => ticketId),
    ...before.matches.map(({ matchId }) => matchId),
  ]);
  return {
    tickets: tickets.filter(({ ticketId }) => !known.has(ticketId)),
    matches: matches.filter(({ matchId }) => !known.has(matchId)),
  };
}
