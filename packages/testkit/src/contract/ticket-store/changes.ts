import assert from "node:assert/strict";
import type { Decision, Request, Ticket } from "@evenmatch/core";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { takeOver } from "./leases.js";
import { join, match, POOL, START, ticket, ticketQueries } from "./making.js";
import { Stage } from "./stage.js";
import { foldOf, type Holding, type Watcher } from "./watcher.js";

const ROUNDS = 10;

/** Keeps several connections and the owner busy with a pool, and returns what the owner heard. */
async function bustle(stage: Stage, owner: Watcher): Promise<Holding> {
  const holding = await stage.ready(owner);
  const stores = await Promise.all([1, 2, 3].map(async () => stage.subject.store()));
  for (let round = 0; round < ROUNDS; round++) {
    const tickets = stores.map((_, index) => [1, 2].map((one) => ticket(`${round} ${index} ${one}`)));
    await stage.within(
      "joins",
      Promise.all(
        stores.map((store, index) => store.submit((tickets[index] ?? []).map(join), { now: START + round })),
      ),
    );
    const matches = tickets.map((pair, index) => match(`${round} ${index}`, pair));
    const leaves = (tickets[0] ?? []).map(({ id }): Request => ({ type: "leave", ticketId: id }));
    await stage.within(
      "decisions and leaves at once",
      Promise.all([
        stage.store.submit(leaves, { now: START + round }),
        ...matches.map((one) => {
          const decisions: Decision[] = [
            { type: "claim", match: one },
            { type: "settle", matchId: one.id },
          ];
          return owner.decide(holding.lease, decisions, START + round);
        }),
      ]),
    );
  }
  await stage.mark(owner);
  return holding;
}

/** What an owner hears between gaining a pool and losing it. */
export const changeCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "changes-in-order",
    promise: "changes come in the order of their seq, which grows with every change after what was gained",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const { gained, heard } = await bustle(stage, owner);
        let latest = gained.seq;
        for (const { seq, change } of heard) {
          assert.ok(seq >= latest, `seq does not fall: ${seq} (${change.type}) came after ${latest}`);
          latest = seq;
        }
      }),
  },
  {
    id: "changes-once",
    promise: "each change comes once, and has a seq of its own",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const { gained, heard } = await bustle(stage, owner);
        const seqs = heard.map(({ seq }) => seq);
        same(
          seqs.filter((seq, index) => seqs.indexOf(seq) !== index || seq <= gained.seq),
          [],
          "a seq that was told before",
        );
        const joined = heard.flatMap(({ change }) => (change.type === "joined" ? [change.ticket.id] : []));
        same(
          joined.filter((id, index) => joined.indexOf(id) !== index),
          [],
          "tickets that joined twice",
        );
      }),
  },
  {
    id: "takeover-complete",
    promise:
      "while joins race with takeovers, a new owner gets each either with the pool or as a change, none lost, none twice",
    run: (harness) =>
      Stage.play(harness, async (stage, first) => {
        const owners = [first, await stage.watch()];
        const stores = await Promise.all([1, 2, 3].map(async () => stage.subject.store()));
        // Either of them may be given the pool.
        await stage.submit([join(ticket("opens the pool"))], START);
        let current = await stage.until("an owner", () =>
          owners.map((owner) => ({ owner, holding: owner.holding(POOL)! })).find(({ holding }) => holding),
        );
        const all: Ticket[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const tickets = stores.map((_, index) =>
            [1, 2, 3].map((one) => ticket(`${round} ${index} ${one}`)),
          );
          const joining = stores.map(async (store, index) => {
            for (const one of tickets[index] ?? []) await store.submit([join(one)], { now: START });
          });
          const [next] = await stage.within(
            "joins during a takeover",
            Promise.all([takeOver(stage, owners, current.holding), ...joining]),
          );
          all.push(...tickets.flat());
          await stage.mark(next.owner);
          const { gained, heard } = next.holding;
          const got = [
            ...gained.waiting.map((one) => one.ticket),
            ...heard.flatMap(({ change }) => (change.type === "joined" ? [change.ticket] : [])),
          ];
          const counts = new Map<string, number>();
          for (const { id } of got) counts.set(id, (counts.get(id) ?? 0) + 1);
          same(
            all.filter(({ id }) => counts.get(id) !== 1).map(({ players }) => players[0]?.id),
            [],
            `lost or twice in takeover ${round}`,
          );
          current = next;
        }
      }),
  },
  {
    id: "fold-is-store",
    promise: "what an owner folds from a pool it took over and the changes since is what the store reads",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = Array.from({ length: 8 }, (_, index) => ticket(`p${index}`));
        const pairs = [0, 2, 4].map((index) =>
          match(`m${index}`, tickets.slice(index, index + 2), { acceptBy: START + 9_000 }),
        );
        const [first, second, third] = pairs.map(({ id }) => id) as [string, string, string];
        await stage.submit(tickets.map(join), START);
        const before = await stage.ready(owner);
        await stage.decide(
          owner,
          pairs.map((one) => ({ type: "claim", match: one })),
          START,
        );
        const { holding } = await takeOver(stage, [owner], before);
        await stage.submit(
          [
            { type: "leave", ticketId: tickets[6]?.id ?? "" },
            { type: "leave", ticketId: tickets[1]?.id ?? "" },
          ],
          START,
        );
        await stage.decide(
          owner,
          [
            { type: "release", matchId: first, drop: [], reason: "allocation" },
            { type: "settle", matchId: second, assignment: { host: "h" } },
          ],
          START,
        );
        await stage.submit([{ type: "answer", matchId: third, playerId: "p4", accepted: true }], START);
        await stage.mark(owner);
        const fold = foldOf(holding);
        const found = await stage.read(ticketQueries(tickets));
        const stateOf = ({ id }: Ticket): string => fold.tickets.get(id)?.state ?? "gone";
        same(
          tickets.map(stateOf),
          found.map((one) => (one?.type === "ticket" ? one.state : "gone")),
          "tickets",
        );
        const matches = await stage.read(pairs.map(({ id }) => ({ type: "match", matchId: id })));
        same(
          pairs.map(({ id }) => fold.matches.get(id)?.state),
          matches.map((one) => one?.type === "match" && one.state),
          "matches",
        );
      }),
  },
];
