import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { Decision, Match, Request, Ticket } from "@evenmatch/core";
import type { TicketStoreHarness } from "./harness.js";
import { join, match, POOL, START, ticket, ticketQueries } from "./making.js";
import { Stage } from "./stage.js";
import { takeOver } from "./leases.js";

const TEN_YEARS = 10 * 365 * 86_400_000;

/** The whole way of a match, and the end of somebody else. */
function endOf(match: Match, expired: Ticket): Decision[] {
  const matchId = match.id;
  return [
    { type: "claim", match },
    { type: "settle", matchId },
    { type: "deliver", matchId },
    { type: "expire", ticketId: expired.id },
  ];
}

/** What is remembered, and for how long, in match time. */
export const retentionCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "ended-readable",
    promise: "ended tickets and finished matches are read for as long as the harness says",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c", "d"].map((name) => ticket(name, { expiresAt: START + 1 }));
        const [a, b, c, d] = tickets;
        const matched = match("ab", [a!, b!]);
        await stage.submit(tickets.map(join), START);
        await stage.decide(owner, endOf(matched, c!), START + 1);
        await stage.submit([{ type: "leave", ticketId: d!.id }], START + 1);
        await stage.submit([join(ticket("later"))], START + harness.retention.retainMs);
        await stage.readsAsModel(
          [...ticketQueries(tickets), { type: "match", matchId: matched.id }],
          POOL,
          "a millisecond before they may be forgotten",
        );
      }),
  },
  {
    id: "request-remembered",
    promise: "a request id returns its ended ticket for as long as the harness says",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c"].map((name) => ticket(name, { expiresAt: START + 1 }));
        const [a, b, c] = tickets;
        const request = (name: string): Request => ({
          type: "join",
          ticket: ticket(`${name} again`, { players: [name] }),
          requestId: `request ${name}`,
        });
        await stage.submit(
          tickets.map((one): Request => ({
            type: "join",
            ticket: one,
            requestId: `request ${one.players[0]?.id}`,
          })),
          START,
        );
        const matched = match("b", [b!]);
        await stage.submit([{ type: "leave", ticketId: a!.id }], START + 1);
        await stage.decide(owner, endOf(matched, c!), START + 1);
        const outcomes = await stage.submit(["a", "b", "c"].map(request), START + harness.retention.dedupeMs);
        same(
          outcomes,
          tickets.map((one) => ({ type: "same", ticket: one })),
          "a millisecond before they may be forgotten",
        );
      }),
  },
  {
    id: "living-kept",
    promise: "waiting tickets and pending matches are kept for as long as it takes",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c", "d", "e"].map((name) => ticket(name));
        const [a, b, c, d, e] = tickets;
        const [claimed, settled] = [match("ab", [a!, b!]), match("cd", [c!, d!])];
        await stage.submit(tickets.map(join), START);
        const before = await stage.ready(owner);
        await stage.decide(
          owner,
          [
            { type: "claim", match: claimed },
            { type: "claim", match: settled },
            { type: "settle", matchId: settled.id },
          ],
          START,
        );
        const later = START + TEN_YEARS;
        await stage.submit([join(ticket("later"))], later);
        const { holding } = await takeOver(stage, [owner], before);
        same(
          holding.gained.pending.map(({ match: { id } }) => id).sort(),
          [claimed.id, settled.id].sort(),
          "what is pending after ten years",
        );
        same(
          holding.gained.waiting.some((one) => one.ticket.id === e!.id),
          true,
          "who waits after ten years",
        );
        const outcomes = await stage.decide(
          owner,
          [
            { type: "claim", match: match("e", [e!]) },
            { type: "settle", matchId: claimed.id },
            { type: "deliver", matchId: settled.id },
          ],
          later,
        );
        same(
          outcomes.map(({ type }) => type),
          ["claimed", "settled", "delivered"],
          "they go on after ten years",
        );
      }),
  },
];
