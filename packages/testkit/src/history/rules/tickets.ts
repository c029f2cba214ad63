import type { Millis } from "@evenmatch/core";
import { poolOf } from "@evenmatch/core/adapter";
import {
  repliesOf,
  replyOf,
  samePlayers,
  type Call,
  type CallOf,
  type Evidence,
  type FinalTicket,
} from "../evidence.js";
import type { HistoryEntry } from "../history.js";
import type { Rule } from "./rule.js";

/** What must hold of every ticket: it exists once, for whoever asked for it, and ends once. */
export const ticketRules = {
  lost: {
    sentence:
      "A ticket that a join was answered for is in the final state and has ended, or waits where a run was stopped.",
    check({ answeredFor, tickets, final }, report, { mayWait }) {
      for (const [ticketId, calls] of answeredFor) {
        if (!tickets.has(ticketId)) report(`${ticketId} is gone`, repliesOf(calls));
      }
      if (mayWait) return;
      for (const { ticketId, state } of final.tickets) {
        if (state === "waiting") report(`${ticketId} still waits`, repliesOf(answeredFor.get(ticketId)));
      }
    },
  },
  stuck: {
    sentence: "Nothing is left under way: no ticket is still claimed, and no match.",
    check({ final, answeredFor }, report) {
      for (const { ticketId, state, matchId } of final.tickets) {
        if (state !== "claimed") continue;
        report(`${ticketId} is still claimed by ${String(matchId)}`, repliesOf(answeredFor.get(ticketId)));
      }
      for (const { matchId, state } of final.matches)
        if (state === "claimed") report(`${matchId} is still only claimed`);
    },
  },
  foreign: {
    sentence: "Every ticket of the final state was asked for by a join of the history.",
    check(evidence, report) {
      for (const ticket of evidence.final.tickets) {
        if (evidence.joinsFor(ticket).length === 0) report(`nobody asked for ${ticket.ticketId}`);
      }
    },
  },
  party: {
    sentence: "A ticket holds exactly the players that its join named.",
    check({ answeredFor, tickets, joinsOfPlayer }, report) {
      for (const [ticketId, calls] of answeredFor) {
        const ticket = tickets.get(ticketId);
        // Who asks for the live ticket may be given that of a join that was never answered.
        const isAskedFor = calls.every(({ operation }) => operation.onDuplicate === "return");
        const asked = isAskedFor ? (joinsOfPlayer.get(ticket?.players[0] ?? "") ?? []) : calls;
        if (!ticket || asked.some(({ operation }) => samePlayers(operation.players, ticket.players)))
          continue;
        report(`${ticketId} holds ${ticket.players.join(", ")}`, repliesOf(calls));
      }
    },
  },
  repeated: {
    sentence:
      "A join makes one ticket at most, answered or not, and so do all joins with one request id together.",
    check(evidence, report) {
      for (const [request, calls] of byRequest(evidence.joins)) {
        const made = new Set(calls.flatMap((call) => ticketsAnswered(call)));
        if (made.size > 1)
          report(`request ${request} was answered with ${[...made].join(" and ")}`, repliesOf(calls));
      }
      for (const [asked, tickets] of unanswered(evidence)) {
        const calls = evidence.joinsFor(tickets[0] as FinalTicket);
        const open = [...byRequest(calls).values()].filter((tries) => tries.every((call) => !replyOf(call)));
        if (tickets.length <= open.length || calls.length === 0) continue;
        const ids = tickets.map(({ ticketId }) => ticketId).join(", ");
        report(
          `${open.length} open joins of ${asked} made ${ids}`,
          calls.map(({ called }) => called),
        );
      }
    },
  },
  refused: {
    sentence:
      "A join is refused with ALREADY_WAITING only where one of its players may have had another live ticket.",
    check(evidence, report) {
      for (const call of evidence.joins) {
        const reply = replyOf(call);
        if (reply?.type !== "refused" || reply.code !== "ALREADY_WAITING") continue;
        const others = call.operation.players.flatMap((player) => evidence.ticketsOfPlayer.get(player) ?? []);
        if (others.some((ticket) => mayHaveLived(evidence, ticket, call))) continue;
        report(`${call.called.call} was refused without a reason`, repliesOf([call]));
      }
    },
  },
  twoLive: {
    sentence: "A player has one live ticket in a queue at most.",
    check(evidence, report) {
      for (const [player, tickets] of evidence.ticketsOfPlayer) {
        if (tickets.length < 2) continue;
        const lives = tickets.map((ticket) => ({ ticket, ...lifeOf(evidence, ticket) }));
        lives.sort((one, other) => one.from - other.from);
        lives.forEach((one, index) => {
          const overlaps = (life: typeof one): boolean => life.from < one.until && life.from < life.until;
          const other = lives
            .slice(index + 1)
            .find(
              (life) =>
                isSameQueue(life.ticket, one.ticket) &&
                (overlaps(life) || areInOneMatch(evidence, life.ticket, one.ticket)),
            );
          if (!other) return;
          const ids = [one.ticket.ticketId, other.ticket.ticketId];
          report(
            `${player} had ${ids.join(" and ")} at once`,
            ids.flatMap((id) => repliesOf(evidence.answeredFor.get(id))),
          );
        });
      }
    },
  },
} satisfies Readonly<Record<string, Rule>>;

function ticketsAnswered(call: Call): string[] {
  const reply = replyOf(call);
  return reply?.type === "joined" ? [reply.ticketId] : [];
}

/** Joins by what makes them one request: the id that its first player gave it, else each is one of its own. */
function byRequest(joins: readonly CallOf<"join">[]): Map<string, CallOf<"join">[]> {
  const requests = new Map<string, CallOf<"join">[]>();
  for (const join of joins) {
    const { queue, players, requestId } = join.operation;
    const key = requestId === undefined ? join.called.call : JSON.stringify([queue, players[0], requestId]);
    const calls = requests.get(key);
    if (calls) calls.push(join);
    else requests.set(key, [join]);
  }
  return requests;
}

/** Tickets of the final state that no caller got an answer for, by what was asked. */
function unanswered({ tickets: all, answeredFor }: Evidence): Map<string, FinalTicket[]> {
  const tickets = new Map<string, FinalTicket[]>();
  for (const ticket of all.values()) {
    if (answeredFor.has(ticket.ticketId)) continue;
    const pool = poolOf(ticket.ticketId);
    const asked = JSON.stringify([pool?.queue, pool?.region, ...[...ticket.players].sort()]);
    tickets.set(asked, [...(tickets.get(asked) ?? []), ticket]);
  }
  return tickets;
}

function queueOf({ ticketId }: FinalTicket): string | undefined {
  return poolOf(ticketId)?.queue;
}

function isSameQueue(one: FinalTicket, other: FinalTicket): boolean {
  return queueOf(one) === queueOf(other);
}

function areInOneMatch({ settledOf }: Evidence, one: FinalTicket, other: FinalTicket): boolean {
  return settledOf.get(one.ticketId)?.some(({ teams }) => teams.flat().includes(other.ticketId)) ?? false;
}

/** False where the callers know that the ticket had not begun, or was over, while the call was under way. */
function mayHaveLived(evidence: Evidence, ticket: FinalTicket, call: CallOf<"join">): boolean {
  if (queueOf(ticket) !== call.operation.queue) return false;
  const replied = call.replied as HistoryEntry;
  if (!evidence.joinsFor(ticket).some(({ called }) => called.at <= replied.at)) return false;
  return endOf(evidence, ticket) >= call.called.at;
}

/** When callers first knew that the ticket had ended; `Infinity` when they never did. */
function endOf({ leavesOf, matchesToldOf, ends }: Evidence, { ticketId }: FinalTicket): Millis {
  const times: Millis[] = (matchesToldOf.get(ticketId) ?? []).map(({ told }) => told.at);
  for (const call of leavesOf.get(ticketId) ?? [])
    if (call.replied && replyOf(call)?.type === "left") times.push(call.replied.at);
  for (const { told, news } of ends) if (news.ticketId === ticketId) times.push(told.at);
  return Math.min(Infinity, ...times);
}

/**
 * The span in which a ticket certainly lived: from the answer of its join to a leave that ended it, or to the call
 * of the last join among those it was matched with.
 */
function lifeOf(evidence: Evidence, ticket: FinalTicket): { readonly from: Millis; readonly until: Millis } {
  // A join whose answer was lost says nothing of when, and the other joins of its player even less.
  const answered = evidence.answeredFor.get(ticket.ticketId) ?? [];
  const from = Math.min(Infinity, ...answered.map(({ replied }) => replied?.at ?? Infinity));
  if (ticket.state === "waiting" || ticket.state === "claimed") return { from, until: Infinity };
  if (ticket.state === "matched") {
    const partners = (evidence.settledOf.get(ticket.ticketId) ?? []).flatMap(({ teams }) => teams.flat());
    return { from, until: Math.max(-Infinity, ...partners.map((id) => callOf(evidence, id))) };
  }
  const leaves = evidence.leavesOf.get(ticket.ticketId) ?? [];
  const [only] = leaves.length === 1 ? leaves : [];
  // A leave is answered alike by a ticket that has left already: one that was replaced, or dropped by a ready check.
  const isReplaced = ticket.players.some((player) =>
    evidence.joinsOfPlayer.get(player)?.some(({ operation }) => operation.onDuplicate === "replace"),
  );
  const hasLeft =
    only?.replied?.reply.type === "left" &&
    ticket.state === "left" &&
    !isReplaced &&
    !evidence.releasedOf.has(ticket.ticketId);
  return { from, until: hasLeft ? only.called.at : -Infinity };
}

/** When the join of a ticket was first called: by then, it cannot have been matched. */
function callOf(evidence: Evidence, ticketId: string): Millis {
  const ticket = evidence.tickets.get(ticketId);
  const calls = ticket ? evidence.joinsFor(ticket) : [];
  return calls.length === 0 ? -Infinity : Math.min(...calls.map(({ called }) => called.at));
}
