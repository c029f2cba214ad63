import { poolOf } from "@evenmatch/core/adapter";
import { happens, replyOf, type Evidence, type FinalMatch } from "../evidence.js";
import type { HistoryEntry } from "../history.js";
import type { Rule } from "./rule.js";

/** What must hold of every match: all of its tickets or none, and only theirs. */
export const matchRules = {
  doubled: {
    sentence: "No ticket is in two matches, and nobody is told of two matches with one ticket.",
    check(evidence, report) {
      for (const [ticketId, matchIds] of matchesByTicket(evidence)) {
        if (matchIds.size < 2) continue;
        report(`${ticketId} is in ${[...matchIds].join(" and ")}`, newsOf(evidence, ticketId));
      }
      for (const [kind, ids] of [
        ["ticket", evidence.final.tickets.map(({ ticketId }) => ticketId)],
        ["match", evidence.final.matches.map(({ matchId }) => matchId)],
      ] as const) {
        for (const id of repeats(ids)) report(`the ${kind} ${id} is in the final state twice`);
      }
    },
  },
  torn: {
    sentence:
      "A match that happens holds whole tickets, each ended as matched by it, and each matched ticket is in its match.",
    check(evidence, report) {
      for (const match of evidence.final.matches) {
        if (!happens(match)) continue;
        for (const ticketId of match.teams.flat()) {
          const ticket = evidence.tickets.get(ticketId);
          // A ticket in two matches can name one alone; that is judged as doubled.
          const isDoubled = (evidence.settledOf.get(ticketId)?.length ?? 0) > 1;
          const isWhole = ticket?.state === "matched" && ticket.matchId === match.matchId;
          // A ticket that is still claimed is judged as stuck.
          if (isWhole || isDoubled || ticket?.state === "claimed") continue;
          report(
            `${match.matchId} holds ${ticketId}, which is ${ticket ? ticket.state : "gone"}`,
            newsOf(evidence, ticketId),
          );
        }
      }
      for (const { ticketId, state, matchId } of evidence.final.tickets) {
        if (state !== "matched") continue;
        const isIn = evidence.settledOf.get(ticketId)?.some((match) => match.matchId === matchId);
        if (!isIn)
          report(`${ticketId} is matched, and not in ${String(matchId)}`, newsOf(evidence, ticketId));
      }
    },
  },
  mixed: {
    sentence: "The tickets of a match waited in its queue and its region.",
    check({ final }, report) {
      for (const { matchId, teams } of final.matches) {
        const pool = poolOf(matchId);
        for (const ticketId of teams.flat()) {
          const own = poolOf(ticketId);
          if (own?.queue === pool?.queue && own?.region === pool?.region) continue;
          report(`${matchId} holds ${ticketId}`);
        }
      }
    },
  },
  declined: {
    sentence: "A match that a player declined, and was heard, does not happen.",
    check({ answers, finalMatches, matches }, report) {
      for (const { operation, called, replied } of answers) {
        if (operation.accepted || replied?.reply.type !== "recorded") continue;
        const match = finalMatches.get(operation.matchId);
        const told = matches.filter(({ news }) => news.matchId === operation.matchId);
        if (!(match && happens(match)) && told.length === 0) continue;
        report(`${operation.matchId} happened`, [called, replied, ...told.map((heard) => heard.told)]);
      }
    },
  },
  unaccepted: {
    sentence: "A match with a ready check happens only when each of its players has called to accept it.",
    check({ readyChecks, answers, finalMatches, tickets }, report) {
      const accepts = new Set(
        answers.flatMap(({ operation: { accepted, matchId, playerId } }) =>
          accepted ? [`${matchId} ${playerId}`] : [],
        ),
      );
      for (const matchId of new Set(readyChecks.map(({ news }) => news.matchId))) {
        const match = finalMatches.get(matchId);
        if (!match || !happens(match)) continue;
        for (const playerId of playersIn(match, tickets)) {
          if (!accepts.has(`${matchId} ${playerId}`))
            report(`${matchId} happened, and ${playerId} never accepted`);
        }
      }
    },
  },
  answeredTwice: {
    sentence: "The answer of a player to a ready check is recorded once.",
    check({ answers }, report) {
      const recorded = new Map<string, HistoryEntry>();
      for (const call of answers) {
        if (replyOf(call)?.type !== "recorded") continue;
        const key = `${call.operation.matchId} ${call.operation.playerId}`;
        const first = recorded.get(key);
        if (first) report(`two answers to ${key} were recorded`, [first, call.called]);
        else recorded.set(key, call.called);
      }
    },
  },
  released: {
    sentence: "A match that somebody was told is released does not happen.",
    check({ releases, finalMatches }, report) {
      for (const { told, news } of releases) {
        const match = finalMatches.get(news.matchId);
        if (match && happens(match)) report(`${news.matchId} happened after all`, [told]);
      }
    },
  },
} satisfies Readonly<Record<string, Rule>>;

/** The players of a match, by the tickets in it. */
export function playersIn({ teams }: FinalMatch, tickets: Evidence["tickets"]): string[] {
  return teams.flat().flatMap((ticketId) => tickets.get(ticketId)?.players ?? []);
}

/** Where each ticket is: in matches of the final state, and in those that somebody was told of. */
function matchesByTicket({ settledOf, matchesToldOf }: Evidence): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (ticketId: string, matchId: string): void => {
    const ids = found.get(ticketId);
    if (ids) ids.add(matchId);
    else found.set(ticketId, new Set([matchId]));
  };
  for (const [ticketId, matches] of settledOf) for (const { matchId } of matches) add(ticketId, matchId);
  for (const [ticketId, heard] of matchesToldOf) for (const { news } of heard) add(ticketId, news.matchId);
  return found;
}

function newsOf({ matchesToldOf }: Evidence, ticketId: string): HistoryEntry[] {
  return (matchesToldOf.get(ticketId) ?? []).map(({ told }) => told);
}

function repeats(ids: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(ids.filter((id) => seen.size === seen.add(id).size));
}
