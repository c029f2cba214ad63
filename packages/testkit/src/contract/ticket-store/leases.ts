import assert from "node:assert/strict";
import type { Decision, Ticket } from "@evenmatch/core";
import { rejectsWith, same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { join, match, POOL, START, ticket, ticketQueries } from "./making.js";
import { Stage } from "./stage.js";
import type { Holding, Watcher } from "./watcher.js";

const LATER = START + 1_000;

/** Ends the lease of a pool's owner, and waits until somebody has gained it anew. */
export async function takeOver(
  stage: Stage,
  owners: readonly Watcher[],
  holding: Holding,
): Promise<{ owner: Watcher; holding: Holding }> {
  await stage.subject.endLease(holding.lease);
  return stage.until("a new owner after the lease ended", () => {
    for (const owner of owners) {
      const next = owner.holding(holding.lease.pool);
      if (next && next.lease.fence > holding.lease.fence) return { owner, holding: next };
    }
    return undefined;
  });
}

/** Who may decide, and how a pool changes hands. */
export const leaseCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "stale-lease",
    promise:
      "a lease that is not the newest is refused whole and changes nothing, also while its successor works",
    run: (harness) =>
      Stage.play(harness, async (stage, first) => {
        const tickets = ["a", "b", "c", "d", "e"].map((name) => ticket(name, { expiresAt: START + 500 }));
        const [a, b, c, d, e] = tickets as [Ticket, Ticket, Ticket, Ticket, Ticket];
        await stage.submit(tickets.map(join), START);
        const old = await stage.ready(first);
        const ab = match("ab", [a, b]);
        await stage.decide(first, [{ type: "claim", match: ab }], START);
        const { owner, holding } = await takeOver(stage, [first, await stage.watch()], old);
        const stale: Decision[] = [
          { type: "claim", match: match("cd", [c, d]) },
          { type: "release", matchId: ab.id, drop: [], reason: "allocation" },
          { type: "settle", matchId: ab.id },
          { type: "expire", ticketId: e.id },
        ];
        const refused = (decisions: Decision[]): Promise<void> =>
          rejectsWith(
            first.decide(old.lease, decisions, LATER),
            "LEASE_LOST",
            `a stale ${decisions[0]?.type}`,
          );
        for (const decision of stale) await refused([decision]);
        const cd = match("cd2", [c, d]);
        await Promise.all([
          refused(stale),
          stage.decide(owner, [{ type: "claim", match: cd }], LATER),
          refused(stale),
        ]);
        assert.ok(holding.lease.fence > old.lease.fence, "the fence grows");
        const queries = [
          ...ticketQueries(tickets),
          ...[ab, cd].map(({ id }) => ({ type: "match" as const, matchId: id })),
        ];
        await stage.readsAsModel(queries, POOL, "after stale decisions");
      }),
  },
  {
    id: "lost-told",
    promise:
      "an owner whose lease has ended learns it: `lost` comes as an event, and the lease's signal aborts",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const holding = await stage.ready(owner);
        await takeOver(stage, [owner], holding);
        await stage.until("`lost` of the old lease", () => holding.lost);
        await stage.until("the signal of the old lease to abort", () => holding.lease.lost.aborted);
      }),
  },
  {
    id: "gained-waiting",
    promise: "a new owner gets exactly the tickets that wait, each with its last sign of life",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = ["a", "b", "c", "d", "e", "f", "g"].map((name) =>
          ticket(name, { heartbeatMs: 5_000 }),
        );
        const [a, b, c, d, e, f] = tickets as [Ticket, Ticket, Ticket, Ticket, Ticket, Ticket];
        await stage.submit(tickets.map(join), START);
        const holding = await stage.ready(owner);
        await stage.submit(
          [
            { type: "beat", ticketId: a.id },
            { type: "leave", ticketId: b.id },
          ],
          LATER,
        );
        const [cd, ef] = [match("cd", [c, d]), match("ef", [e, f])];
        await stage.decide(
          owner,
          [cd, ef].map((one) => ({ type: "claim", match: one })),
          LATER,
        );
        await stage.submit([{ type: "beat", ticketId: c.id }], LATER + 1);
        await stage.decide(
          owner,
          [{ type: "release", matchId: cd.id, drop: [d.id], reason: "declined" }],
          LATER + 2,
        );
        const next = await takeOver(stage, [owner], holding);
        const byId = (one: { ticket: Ticket }, other: { ticket: Ticket }): number =>
          one.ticket.id < other.ticket.id ? -1 : 1;
        const expected = [...stage.life(POOL).tickets.values()].filter(({ state }) => state === "waiting");
        same(
          [...next.holding.gained.waiting].sort(byId),
          expected.map(({ ticket, seenAt }) => ({ ticket, seenAt })).sort(byId),
          "what waits for a new owner",
        );
      }),
  },
  {
    id: "gained-pending",
    promise:
      "a new owner gets exactly the matches that are pending, each with its state, assignment and answers",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const names = ["claimed", "answered", "settled", "delivered", "released"];
        const matches = names.map((name) => {
          const tickets = [
            ticket(`${name} a`),
            ticket(`${name} b`, { players: [`${name} b1`, `${name} b2`] }),
          ];
          return match(name, tickets, { acceptBy: START + 5_000 });
        });
        const [, answered, settled, delivered, released] = matches.map(({ id }) => id) as [
          string,
          string,
          string,
          string,
          string,
        ];
        await stage.submit(
          matches.flatMap(({ teams }) => teams.flat().map(join)),
          START,
        );
        const holding = await stage.ready(owner);
        await stage.decide(
          owner,
          matches.map((one) => ({ type: "claim", match: one })),
          LATER,
        );
        await stage.submit(
          [
            { type: "answer", matchId: answered, playerId: "answered a", accepted: true },
            { type: "answer", matchId: answered, playerId: "answered b2", accepted: false },
            { type: "answer", matchId: settled, playerId: "settled a", accepted: true },
          ],
          LATER,
        );
        const decisions: Decision[] = [
          { type: "settle", matchId: settled, assignment: { host: "h", port: 1 } },
          { type: "settle", matchId: delivered },
          { type: "deliver", matchId: delivered },
          { type: "release", matchId: released, drop: [], reason: "allocation" },
        ];
        await stage.decide(owner, decisions, LATER);
        const next = await takeOver(stage, [owner], holding);
        const byId = (one: { match: { id: string } }, other: { match: { id: string } }): number =>
          one.match.id < other.match.id ? -1 : 1;
        const expected = [...stage.life(POOL).matches.values()].filter(
          ({ state }) => state === "claimed" || state === "settled",
        );
        same(
          [...next.holding.gained.pending].sort(byId),
          expected.sort(byId),
          "what is pending for a new owner",
        );
      }),
  },
  {
    id: "handover",
    promise: "an owner that stops offering hands its pools over with all that is in them",
    run: (harness) =>
      Stage.empty(harness, async (stage) => {
        const first = await stage.watch();
        const holding = await stage.ready(first);
        const second = await stage.watch();
        const owner = first.holding(POOL) ? first : second;
        const other = owner === first ? second : first;
        await stage.submit([join(ticket("ann"))], START);
        await owner.close();
        const next = await other.gained(POOL, holding.lease.fence - 1n);
        await stage.mark(other);
        const ann = [
          ...next.gained.waiting.map((one) => one.ticket),
          ...next.heard.flatMap(({ change }) => (change.type === "joined" ? [change.ticket] : [])),
        ];
        assert.equal(
          ann.filter(({ players }) => players[0]?.id === "ann").length,
          1,
          "who waits goes with the pool",
        );
        await stage.decide(other, [{ type: "claim", match: match("m", [ticket("ann")]) }], START);
      }),
  },
  {
    id: "ends-unheard",
    promise: "a ticket that leaves while nobody runs its pool is told as left to whoever runs it next",
    run: (harness) =>
      Stage.empty(harness, async (stage) => {
        const ann = ticket("ann");
        const first = await stage.watch();
        await stage.submit([join(ann)], START);
        await stage.ready(first);
        await first.close();
        const answered = stage.submit([{ type: "leave", ticketId: ann.id }], LATER);
        // Where an owner takes requests up, the next one hears of it as of every other.
        if (!harness.capabilities.joinNeedsOwner) await answered;
        const next = await stage.watch();
        await stage.mark(next);
        await answered;
        const told = await stage.until("the new owner to hear that ann left", () =>
          next.holding(POOL)?.heard.find(({ change }) => change.type === "left"),
        );
        same([told.at, told.change], [LATER, { type: "left", ticket: ann }], "what is told");
      }),
  },
];
