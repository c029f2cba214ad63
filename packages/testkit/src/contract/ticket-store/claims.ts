import assert from "node:assert/strict";
import type { Ticket } from "@evenmatch/core";
import { same } from "../equal.js";
import { match, START, ticket } from "./making.js";
import { Stage } from "./stage.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";

const LATER = START + 1_000;

/** Who gets a ticket when several want it: the promise the whole library stands on. */
export const claimCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "claim-all-or-none",
    promise: "a claim of four tickets of which one is gone takes none of the others, wherever the gap is",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        for (let gap = 0; gap < 4; gap++) {
          const tickets = ["a", "b", "c", "d"].map((name) => ticket(`${name}${gap}`));
          await stage.submit(
            tickets.map((one) => ({ type: "join", ticket: one })),
            START,
          );
          const gone = tickets[gap] as Ticket;
          await stage.submit([{ type: "leave", ticketId: gone.id }], LATER);
          const lost = await stage.decide(
            owner,
            [{ type: "claim", match: match(`lost ${gap}`, tickets) }],
            LATER,
          );
          same(lost, [{ type: "gone", ticketIds: [gone.id] }], "a claim names the tickets that are gone");
          const others = tickets.filter((one) => one !== gone);
          const queries = others.map(({ id }) => ({ type: "ticket" as const, ticketId: id }));
          await stage.readsAsModel(queries, gone, "after a claim that lost");
          const won = await stage.decide(
            owner,
            [{ type: "claim", match: match(`won ${gap}`, others) }],
            LATER,
          );
          same(won, [{ type: "claimed" }], "the others can be claimed by another match");
        }
      }),
  },
  {
    id: "claim-in-batch",
    promise:
      "of overlapping matches in one batch the earlier wins, and the others are told which tickets are gone",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ticket(name)) as [
          Ticket,
          Ticket,
          Ticket,
          Ticket,
        ];
        await stage.submit(
          [a, b, c, d].map((one) => ({ type: "join", ticket: one })),
          START,
        );
        const matches = [match("ab", [a, b]), match("bc", [b, c]), match("cd", [c, d]), match("da", [d, a])];
        const outcomes = await stage.decide(
          owner,
          matches.map((one) => ({ type: "claim", match: one })),
          LATER,
        );
        const gone = (...tickets: Ticket[]): unknown => ({
          type: "gone",
          ticketIds: tickets.map(({ id }) => id),
        });
        same(
          outcomes,
          [{ type: "claimed" }, gone(b), { type: "claimed" }, gone(d, a)],
          "each claim of the batch",
        );
      }),
  },
  {
    id: "claim-raced",
    promise:
      "of overlapping matches claimed by two calls at once, each ticket goes to one, and who loses takes nothing",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        for (let round = 0; round < 20; round++) {
          const [a, b, c] = ["a", "b", "c"].map((name) => ticket(`${name}${round}`)) as [
            Ticket,
            Ticket,
            Ticket,
          ];
          await stage.submit(
            [a, b, c].map((one) => ({ type: "join", ticket: one })),
            START,
          );
          const { lease } = await stage.ready(owner);
          const matches = [match(`ab${round}`, [a, b]), match(`bc${round}`, [b, c])];
          const outcomes = await Promise.all(
            matches.map((one) => owner.decide(lease, [{ type: "claim", match: one }], LATER)),
          );
          const winners = matches.filter((_, index) => outcomes[index]?.[0]?.type === "claimed");
          assert.equal(
            winners.length,
            1,
            `exactly one of two overlapping claims wins: ${JSON.stringify(outcomes)}`,
          );
          const found = await stage.read([a, b, c].map(({ id }) => ({ type: "ticket", ticketId: id })));
          const ids = winners[0]?.teams.flat().map(({ id }) => id) ?? [];
          const states = [a, b, c].map(({ id }) => (ids.includes(id) ? "claimed" : "waiting"));
          same(
            found.map((one) => one?.type === "ticket" && one.state),
            states,
            "the winner has its tickets, the other none",
          );
        }
      }),
  },
  {
    id: "claim-or-leave",
    promise: "of a leave and a claim at once exactly one wins",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        for (let round = 0; round < 20; round++) {
          const [a, b] = ["a", "b"].map((name) => ticket(`${name}${round}`)) as [Ticket, Ticket];
          await stage.submit(
            [a, b].map((one) => ({ type: "join", ticket: one })),
            START,
          );
          const { lease } = await stage.ready(owner);
          const leave = () =>
            stage.within("submit", stage.store.submit([{ type: "leave", ticketId: a.id }], { now: LATER }));
          const claim = () =>
            owner.decide(lease, [{ type: "claim", match: match(`ab${round}`, [a, b]) }], LATER);
          const [[left], [claimed]] = await (round % 2 === 0
            ? Promise.all([leave(), claim()])
            : Promise.all([claim(), leave()]).then(([one, other]) => [other, one] as const));
          const winners = [left?.type === "left", claimed?.type === "claimed"];
          assert.equal(
            winners.filter(Boolean).length,
            1,
            `exactly one wins: leave ${left?.type}, claim ${claimed?.type}`,
          );
          const [found] = await stage.read([{ type: "ticket", ticketId: a.id }]);
          same(
            found?.type === "ticket" && found.state,
            winners[0] ? "left" : "claimed",
            "the ticket is with who won",
          );
        }
      }),
  },
];
