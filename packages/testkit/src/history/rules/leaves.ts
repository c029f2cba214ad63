import { repliesOf, replyOf, type CallOf } from "../evidence.js";
import type { Rule } from "./rule.js";

/** What must hold of tickets that leave: exactly one of leave and claim wins, and nobody leaves unasked. */
export const leaveRules = {
  leftMatched: {
    sentence: "A ticket whose leave was answered `left` ends as left, and nobody is told of a match with it.",
    check({ leaves, tickets, matchesToldOf, settledOf }, report) {
      for (const call of leaves) {
        const { ticketId } = call.operation;
        if (replyOf(call)?.type !== "left") continue;
        const told = matchesToldOf.get(ticketId) ?? [];
        const state = tickets.get(ticketId)?.state ?? "left";
        if (state === "left" && told.length === 0 && !settledOf.has(ticketId)) continue;
        report(`${ticketId} left, and is ${state}`, [
          ...repliesOf([call]),
          ...told.map((heard) => heard.told),
        ]);
      }
    },
  },
  leaveClaimed: {
    sentence:
      "A ticket whose leave was answered `claimed` ends in a match, or as left by a match that was released.",
    check({ leaves, tickets, releasedOf }, report) {
      for (const call of leaves) {
        const { ticketId } = call.operation;
        const ticket = tickets.get(ticketId);
        if (
          replyOf(call)?.type !== "claimed" ||
          !ticket ||
          ticket.state === "matched" ||
          ticket.state === "claimed"
        )
          continue;
        if (ticket.state === "left" && releasedOf.has(ticketId)) continue;
        report(`${ticketId} was claimed when it wished to leave, and is ${ticket.state}`, repliesOf([call]));
      }
    },
  },
  leaveUnknown: {
    sentence:
      "A leave is answered `unknown` only for a ticket that expired, or that the store does not hold.",
    check({ leaves, tickets, answeredFor }, report) {
      for (const call of leaves) {
        const { ticketId } = call.operation;
        const ticket = tickets.get(ticketId);
        const isKnown = answeredFor
          .get(ticketId)
          ?.some(({ replied }) => replied && replied.at <= call.called.at);
        if (replyOf(call)?.type !== "unknown" || !ticket || ticket.state === "expired" || !isKnown) continue;
        report(`${ticketId} is ${ticket.state}, and was unknown`, repliesOf([call]));
      }
    },
  },
  unasked: {
    sentence:
      "A ticket ends as left only when a leave was called, a ready check dropped it, or a later join took its place.",
    check({ final, answeredFor, leavesOf, releasedOf, joinsOfPlayer }, report) {
      for (const { ticketId, state, players } of final.tickets) {
        const answered = answeredFor.get(ticketId);
        // Who gets no answer may give up, and the library leaves for whoever gives up.
        if (state !== "left" || !answered || leavesOf.has(ticketId) || releasedOf.has(ticketId)) continue;
        const { queue, requestId } = (answered[0] as CallOf<"join">).operation;
        const joins = players
          .flatMap((player) => joinsOfPlayer.get(player) ?? [])
          .filter(({ operation }) => operation.queue === queue);
        const isOwn = (call: CallOf<"join">): boolean =>
          answered.includes(call) || (requestId !== undefined && call.operation.requestId === requestId);
        const since = Math.min(...joins.filter(isOwn).map(({ called }) => called.at));
        const later = joins.some(
          (call) =>
            !isOwn(call) &&
            call.operation.onDuplicate === "replace" &&
            (call.replied?.at ?? Infinity) >= since,
        );
        if (!later) report(`${ticketId} is left, and nobody asked for it`, repliesOf(answered));
      }
    },
  },
} satisfies Readonly<Record<string, Rule>>;
