import type { Pass } from "../event/event.js";
import type { Decision, Outcomes } from "../life.js";
import type { Ticket } from "../ticket/ticket.js";
import type { DrivenPass } from "./driver.js";

type Answered = (outcome: Outcomes["claim"], decision: Extract<Decision, { type: "claim" }>) => void;

/**
 * Puts together what comes of a pass, and tells it once each of its claims is answered; at once where it has none. Returns
 * what is to hear of each answer instead of `answered`, which it tells first.
 */
export function tallied(
  { at: _, ...seen }: DrivenPass<Ticket["players"][number]>,
  answered: Answered,
  tell: (pass: Pass) => void,
): Answered {
  const won: string[] = [];
  const lost: { matchId: string; gone: readonly string[] }[] = [];
  const tellOnce = (): void => {
    if (won.length + lost.length === seen.proposals.length) tell({ ...seen, won, lost });
  };
  tellOnce();
  return (outcome, decision) => {
    answered(outcome, decision);
    const matchId = decision.match.id;
    if (outcome.type === "gone") lost.push({ matchId, gone: outcome.ticketIds });
    else won.push(matchId);
    tellOnce();
  };
}
