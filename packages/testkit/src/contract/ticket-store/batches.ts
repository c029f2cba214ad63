import type { Decision, Request } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { idIn, join, match, POOL, START, ticket, ticketQueries } from "./making.js";
import { Stage } from "./stage.js";
import { foldOf } from "./watcher.js";

const LATER = START + 1_000;
const MANY = 1_000;

/** Batches, and calls that are repeated because an answer was lost. */
export const batchCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "batch-requests",
    promise:
      "a batch of requests of all kinds, to several pools, has one outcome at each place, as if sent one by one",
    run: (harness) =>
      Stage.play(harness, async (stage) => {
        const overseas = { queue: "duel", region: "us" };
        const squad = { queue: "squad", region: "eu" };
        const [a, b, c] = [ticket("a"), ticket("b", { pool: overseas }), ticket("c", { pool: squad })];
        const requests: Request[] = [
          join(a),
          { type: "leave", ticketId: idIn(POOL, "nobody") },
          join(b),
          { type: "beat", ticketId: a.id },
          { type: "answer", matchId: idIn(POOL, "no match"), playerId: "a", accepted: true },
          join(c),
          { type: "leave", ticketId: b.id },
          { type: "beat", ticketId: b.id },
          join(a),
          { type: "leave", ticketId: a.id },
          join(ticket("a again", { players: ["a"] })),
        ];
        const expected = requests.map((request) => stage.model(request, START));
        same(
          await stage.within("submit", stage.store.submit(requests, { now: START })),
          expected,
          "the batch answers",
        );
      }),
  },
  {
    id: "batch-decisions",
    promise: "decisions of one batch take effect one after the other, so that one may build on another",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c", "d", "e"].map((name) => ticket(name, { expiresAt: START + 500 }));
        const [a, b, c, d, e] = tickets;
        await stage.submit(tickets.map(join), START);
        const holding = await stage.ready(owner);
        const from = await stage.mark(owner);
        const before = stage.said.get(nameOf(POOL))?.length;
        const [ab, bc, cd] = [match("ab", [a!, b!]), match("bc", [b!, c!]), match("cd", [c!, d!])];
        const decisions: Decision[] = [
          { type: "claim", match: ab },
          { type: "settle", matchId: ab.id, assignment: { host: "h" } },
          { type: "claim", match: bc },
          { type: "settle", matchId: bc.id },
          { type: "expire", ticketId: e!.id },
          { type: "claim", match: cd },
          { type: "release", matchId: cd.id, drop: [d!.id], reason: "allocation" },
          { type: "deliver", matchId: ab.id },
          { type: "release", matchId: ab.id, drop: [], reason: "allocation" },
          { type: "expire", ticketId: a!.id },
        ];
        const expected = decisions.map((decision) => stage.model(decision, LATER, POOL));
        same(await owner.decide(holding.lease, decisions, LATER), expected, "the batch answers");
        const said = (stage.said.get(nameOf(POOL)) ?? []).slice(before);
        stage.heardAsModel(holding, from, await stage.mark(owner), said, "of the batch");
      }),
  },
  {
    id: "batch-thousand",
    promise: `a batch of ${MANY} is taken whole`,
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = Array.from({ length: MANY }, (_, index) => ticket(`p${index}`));
        const added = await stage.submit(tickets.map(join), START);
        same(
          added.map(({ type }) => type),
          tickets.map(() => "added"),
          "each join",
        );
        const pairs = Array.from({ length: MANY / 2 }, (_, index) =>
          match(`m${index}`, tickets.slice(2 * index, 2 * index + 2)),
        );
        const outcomes = await stage.decide(
          owner,
          pairs.flatMap((one): Decision[] => [
            { type: "claim", match: one },
            { type: "settle", matchId: one.id },
          ]),
          LATER,
        );
        same(
          outcomes.map(({ type }) => type),
          pairs.flatMap(() => ["claimed", "settled"]),
          "each claim and each settle",
        );
        const found = await stage.read(ticketQueries(tickets));
        same(
          found.map((one) => one?.type === "ticket" && one.state),
          tickets.map(() => "matched"),
          "each ticket",
        );
        await stage.mark(owner);
        const { tickets: known } = foldOf(await owner.gained(POOL));
        same(
          tickets.filter(({ id }) => known.get(id)?.state !== "matched"),
          [],
          "tickets the owner did not hear of",
        );
      }),
  },
  {
    id: "batch-empty",
    promise: "an empty batch does nothing and answers nothing",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        same(await stage.submit([], START), [], "submit");
        await stage.ready(owner);
        same(await stage.decide(owner, [], START), [], "decide");
        same(await stage.read([]), [], "read");
      }),
  },
  {
    id: "repeated",
    promise: "every call may be sent again: it answers what it is now, and changes nothing more",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c", "d"].map((name) =>
          ticket(`${name} again`, { expiresAt: START + 500 }),
        );
        const [a, b, c, d] = tickets;
        const holding = await stage.ready(owner);
        const from = await stage.mark(owner);
        const before = stage.said.get(nameOf(POOL))?.length;
        const ab = match("ab", [a!, b!], { acceptBy: START + 5_000 });
        const calls: (readonly Request[] | readonly Decision[])[] = [
          tickets.map(join),
          [{ type: "leave", ticketId: d!.id }],
          [{ type: "expire", ticketId: c!.id }],
          [{ type: "claim", match: ab }],
          [{ type: "answer", matchId: ab.id, playerId: "a again", accepted: true }],
          [{ type: "settle", matchId: ab.id, assignment: { host: "h" } }],
          [{ type: "deliver", matchId: ab.id }],
        ];
        for (const call of calls) {
          const isRequests = ["join", "leave", "answer"].includes(call[0]?.type ?? "");
          for (const time of ["first", "second", "third"]) {
            const expected = call.map((input) => stage.model(input, LATER, POOL));
            const outcomes = isRequests
              ? await stage.within("submit", stage.store.submit(call as Request[], { now: LATER }))
              : await owner.decide(holding.lease, call as Decision[], LATER);
            same(outcomes, expected, `${call[0]?.type} the ${time} time`);
          }
        }
        const said = (stage.said.get(nameOf(POOL)) ?? []).slice(before);
        stage.heardAsModel(holding, from, await stage.mark(owner), said, "of calls that were repeated");
      }),
  },
];
