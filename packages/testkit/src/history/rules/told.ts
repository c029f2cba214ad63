import { happens, isBefore, type Call, type Evidence, type FinalMatch, type Heard } from "../evidence.js";
import type { HistoryEntry, MatchNews } from "../history.js";
import type { CheckOptions, Rule } from "./rule.js";

/** What must hold of all that callers are told, and that they are told at all. */
export const toldRules = {
  outsider: {
    sentence: "Nobody is told of a match, or asked to accept one, but who is in it.",
    check(evidence, report) {
      for (const { told, news } of matchNews(evidence)) {
        const players = playersOf(news);
        if (
          told.player === undefined
            ? players.some((id) => joinedFrom(evidence, id, told.process))
            : players.includes(told.player)
        )
          continue;
        report(`${told.player ?? told.process} was told of ${news.matchId}`, [told]);
      }
    },
  },
  phantom: {
    sentence:
      "A match that somebody was told of happens, and one that somebody is to accept is known to the store.",
    check(evidence, report) {
      for (const { told, news } of matchNews(evidence)) {
        const match = evidence.finalMatches.get(news.matchId);
        if (match && (news.type === "readyCheck" || happens(match))) continue;
        report(`${news.matchId} is ${match ? match.state : "unknown"}`, [told]);
      }
    },
  },
  teams: {
    sentence: "All who are told of a match are told the same teams, and they are those of the final state.",
    check(evidence, report) {
      const first = new Map<string, Heard<MatchNews>>();
      for (const heard of matchNews(evidence)) {
        const { told, news } = heard;
        const other = first.get(news.matchId);
        if (!other) first.set(news.matchId, heard);
        else if (teamsAsTold(other.news) !== teamsAsTold(news)) {
          report(`${news.matchId} was told in two ways`, [other.told, told]);
          continue;
        }
        const match = evidence.finalMatches.get(news.matchId);
        if (!other && match && teamsAsTold(news) !== teamsAsKept(match, evidence)) {
          report(`${news.matchId} was told in another way than it is kept`, [told]);
        }
      }
    },
  },
  untold: {
    sentence:
      "Every player of a match that happens is told of it, unless the process died or the player went away.",
    check(evidence, report, options) {
      const heard = new Set(
        evidence.matches.map(({ told, news }) => `${news.matchId} ${told.player ?? `at ${told.process}`}`),
      );
      for (const match of evidence.final.matches) {
        if (!happens(match)) continue;
        for (const ticketId of match.teams.flat()) {
          if (evidence.parted.has(ticketId)) continue;
          const ticket = evidence.tickets.get(ticketId);
          const joins = ticket ? evidence.joinsFor(ticket) : [];
          for (const player of ticket?.players ?? []) {
            const isTold = [player, ...joins.map(({ called }) => `at ${called.process}`)].some((who) =>
              heard.has(`${match.matchId} ${who}`),
            );
            if (isTold || !isThere(player, joins, options)) continue;
            report(
              `${player} was never told of ${match.matchId}`,
              joins.map(({ called }) => called),
            );
          }
        }
      }
    },
  },
  end: {
    sentence: "Who is told that a ticket left or expired finds that it has, and a ticket ends in one way.",
    check({ ends, tickets }, report) {
      for (const { told, news } of ends) {
        const state = tickets.get(news.ticketId)?.state;
        if (state !== undefined && state !== news.state)
          report(`${news.ticketId} is ${state}, and was told as ${news.state}`, [told]);
      }
    },
  },
  early: {
    sentence: "Nobody is told anything of a ticket before its join was called.",
    check(evidence, report) {
      for (const heard of [...matchNews(evidence), ...evidence.ends, ...evidence.releases]) {
        const { told, index, news } = heard;
        for (const ticketId of "teams" in news
          ? news.teams.flat().map((ticket) => ticket.ticketId)
          : [news.ticketId]) {
          const ticket = evidence.tickets.get(ticketId);
          const joins = ticket ? evidence.joinsFor(ticket) : [];
          const isEarly = (call: Call): boolean =>
            isBefore({ entry: told, index }, { entry: call.called, index: call.index });
          if (joins.length > 0 && joins.every(isEarly))
            report(`${ticketId} was told of before its join`, [told]);
        }
      }
    },
  },
  record: {
    sentence:
      "The record is whole: each call has a name of its own, and ends once, in its own process, after it was called.",
    check({ flaws }, report) {
      for (const { message, entries } of flaws) report(message, entries);
    },
  },
  vacuous: {
    sentence: "The run matched somebody: one that did not has shown nothing.",
    check({ final, matches }, report) {
      if (matches.length === 0 || !final.matches.some(happens))
        report("nobody was matched, or nobody told of it");
    },
  },
} satisfies Readonly<Record<string, Rule>>;

function matchNews({ matches, readyChecks }: Evidence): Heard<MatchNews>[] {
  return [...matches, ...readyChecks];
}

function playersOf({ teams }: MatchNews): readonly string[] {
  return teams.flat().flatMap(({ players }) => players);
}

function joinedFrom({ joinsOfPlayer }: Evidence, player: string, process: string): boolean {
  return joinsOfPlayer.get(player)?.some(({ called }) => called.process === process) ?? false;
}

function isThere(
  player: string,
  joins: readonly Call[],
  { killed = [], absent = [] }: CheckOptions,
): boolean {
  return (
    !absent.includes(player) &&
    joins.some(({ called }: { readonly called: HistoryEntry }) => !killed.includes(called.process))
  );
}

function teamsAsTold({ teams }: MatchNews): string {
  return JSON.stringify(teams.map((team) => team.map(({ ticketId, players }) => [ticketId, players])));
}

function teamsAsKept({ teams }: FinalMatch, { tickets }: Evidence): string {
  return JSON.stringify(
    teams.map((team) => team.map((ticketId) => [ticketId, tickets.get(ticketId)?.players])),
  );
}
