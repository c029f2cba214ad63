import assert from "node:assert/strict";
import { EvenmatchError, type PoolKey, type Request } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreCapabilities, TicketStoreHarness } from "./harness.js";
import { join, match, POOL, START, ticket, ticketQueries } from "./making.js";
import { Stage } from "./stage.js";

const OVERSEAS: PoolKey = { queue: "duel", region: "us" };
const OTHER_QUEUE: PoolKey = { queue: "squad", region: "eu" };

/** One live ticket per player, and how full a pool gets. */
export const joinCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "join-full",
    promise:
      "a join is refused as full when maxWaiting tickets wait in its pool, counted within a batch, too",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const joins = (from: string, pool: PoolKey, maxWaiting: number): Request[] =>
          [1, 2, 3, 4].map((index) => ({
            type: "join",
            ticket: ticket(`${from}${index}`, { pool }),
            maxWaiting,
          }));
        const play = async (requests: Request[], what: string): Promise<void> => {
          const expected = requests.map((request) => stage.model(request, START));
          same(await stage.within("submit", stage.store.submit(requests, { now: START })), expected, what);
        };
        await play(joins("a", POOL, 3), "of four joins into an empty pool that takes three");
        await play(joins("b", OVERSEAS, 2), "another region counts for itself");
        await play([{ type: "leave", ticketId: ticket("a1").id }], "leaving");
        await play(joins("c", POOL, 3), "who left makes room");
        await stage.decide(
          owner,
          [{ type: "claim", match: match("m", [ticket("a2"), ticket("a3")]) }],
          START,
        );
        await play(joins("d", POOL, 3), "who is claimed makes room");
        await play(
          [{ type: "join", ticket: ticket("a2"), maxWaiting: 1 }],
          "who has joined before is told so",
        );
      }),
  },
  {
    id: "join-raced",
    promise:
      "of joins of one player from several connections at once one is added, the others get its ticket",
    run: (harness) =>
      Stage.play(harness, async (stage) => {
        const stores = await Promise.all([1, 2, 3, 4].map(async () => stage.subject.store()));
        for (let round = 0; round < 10; round++) {
          const tickets = stores.map((_, index) => ticket(`r${round} ${index}`, { players: [`p${round}`] }));
          const joins = stores.map((store, index) =>
            store.submit([join(tickets[index] ?? tickets[0]!)], { now: START }),
          );
          const outcomes = (await stage.within("joins", Promise.all(joins))).flat();
          const added = tickets.filter((_, index) => outcomes[index]?.type === "added");
          assert.equal(
            added.length,
            1,
            `one of the joins adds: ${outcomes.map(({ type }) => type).join(", ")}`,
          );
          const expected = tickets.map((one) => ({
            type: one === added[0] ? "added" : "conflict",
            ticket: added[0],
          }));
          same(outcomes, expected, "each join");
        }
      }),
  },
  {
    id: "join-raced-request",
    promise:
      "of joins with one request id from several connections at once one is added, the others are the same",
    run: (harness) =>
      Stage.play(harness, async (stage) => {
        const stores = await Promise.all([1, 2, 3, 4].map(async () => stage.subject.store()));
        for (let round = 0; round < 10; round++) {
          const tickets = stores.map((_, index) => ticket(`r${round} ${index}`, { players: [`p${round}`] }));
          const joins = stores.map((store, index) => {
            const request: Request = {
              type: "join",
              ticket: tickets[index] ?? tickets[0]!,
              requestId: `request ${round}`,
            };
            return store.submit([request], { now: START });
          });
          const outcomes = (await stage.within("joins", Promise.all(joins))).flat();
          const added = tickets.filter((_, index) => outcomes[index]?.type === "added");
          assert.equal(
            added.length,
            1,
            `one of the joins adds: ${outcomes.map(({ type }) => type).join(", ")}`,
          );
          same(
            outcomes,
            tickets.map((one) => ({ type: one === added[0] ? "added" : "same", ticket: added[0] })),
            "each join",
          );
        }
      }),
  },
  {
    id: "regions-apart",
    promise: "the regions of a queue are pools of their own: what happens in one is not heard in another",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const holdings = [
          await stage.ready(owner, POOL),
          await stage.ready(owner, OVERSEAS),
          await stage.ready(owner, OTHER_QUEUE),
        ];
        for (const { lease } of holdings) {
          const { pool } = lease;
          const tickets = ["a", "b"].map((name) => ticket(`${name} in ${nameOf(pool)}`, { pool }));
          await stage.submit(tickets.map(join), START);
          await stage.decide(owner, [{ type: "claim", match: match("m", tickets) }], START, pool);
          await stage.mark(owner, pool);
        }
        for (const { lease, heard } of holdings) {
          const named = heard.flatMap(({ change }) =>
            change.type === "joined"
              ? [nameOf(change.ticket)]
              : change.type === "claimed"
                ? [nameOf(change.match)]
                : [],
          );
          same([...new Set(named)], [nameOf(lease.pool)], `what is heard of ${nameOf(lease.pool)}`);
        }
      }),
  },
];

async function joinOne(stage: Stage, name: string, pool: PoolKey): Promise<string | undefined> {
  const [outcome] = await stage.submit(
    [join(ticket(`${name} in ${nameOf(pool)}`, { players: [name], pool }))],
    START,
  );
  return outcome?.type;
}

/** The case that each value of a capability has. */
export const capabilityCases = {
  uniquePer: {
    queue: {
      id: "unique-per-queue",
      promise: "a player has at most one live ticket in a queue, whatever the region, and one in each queue",
      run: (harness) =>
        Stage.play(harness, async (stage) => {
          same(await joinOne(stage, "ann", POOL), "added", "the first join");
          same(await joinOne(stage, "ann", OVERSEAS), "conflict", "a join in another region");
          same(await joinOne(stage, "ann", OTHER_QUEUE), "added", "a join in another queue");
          await stage.submit([{ type: "leave", ticketId: ticket(`ann in ${nameOf(POOL)}`).id }], START);
          same(await joinOne(stage, "ann", OVERSEAS), "added", "a join in another region after leaving");
        }),
    },
    pool: {
      id: "unique-per-pool",
      promise: "a player has at most one live ticket in a pool, and one in each region",
      run: (harness) =>
        Stage.play(harness, async (stage) => {
          same(await joinOne(stage, "ann", POOL), "added", "the first join");
          same(await joinOne(stage, "ann", OVERSEAS), "added", "a join in another region");
          const [again] = await stage.submit([join(ticket("another", { players: ["ann"] }))], START);
          same(again?.type, "conflict", "another join in the same region");
          const tickets = [POOL, OVERSEAS].map((pool) => ticket(`ann in ${nameOf(pool)}`, { pool }));
          const found = await stage.read(ticketQueries(tickets));
          same(
            found.map((one) => one?.type === "ticket" && one.state),
            ["waiting", "waiting"],
            "both wait",
          );
        }),
    },
  },
  joinNeedsOwner: {
    false: {
      id: "join-without-owner",
      promise: "a join is kept while nobody owns the pool, and whoever owns it first finds it waiting",
      run: (harness) =>
        Stage.empty(harness, async (stage) => {
          same(await joinOne(stage, "ann", POOL), "added", "a join that nobody waits for");
          const { gained } = await (await stage.watch()).gained(POOL);
          same(
            gained.waiting.map((one) => one.ticket.players[0]?.id),
            ["ann"],
            "who waits for the first owner",
          );
        }),
    },
    true: {
      id: "join-awaits-owner",
      promise:
        "a join that nobody takes up stays open or fails as retryable, and takes effect once when an owner comes",
      run: (harness) =>
        Stage.empty(harness, async (stage) => {
          const one = ticket("ann");
          const first = stage.store.submit([join(one)], { now: START }).catch((error: unknown) => {
            assert.ok(
              error instanceof EvenmatchError && error.retryable,
              `a retryable error, not ${String(error)}`,
            );
          });
          const owner = await stage.watch();
          const [again] = await stage.within(
            "a join sent again",
            stage.store.submit([join(one)], { now: START }),
          );
          assert.ok(again?.type === "added" || again?.type === "same", `taken up once, not ${again?.type}`);
          await stage.within("the first join", first);
          same(
            (await stage.read(ticketQueries([one]))).map((found) => found?.type === "ticket" && found.state),
            ["waiting"],
            "it waits",
          );
          await stage.mark(owner);
          const holding = await owner.gained(POOL);
          const joined = holding.heard.filter(
            ({ change }) => change.type === "joined" && change.ticket.id === one.id,
          );
          const held = holding.gained.waiting.filter((waiting) => waiting.ticket.id === one.id);
          assert.equal(joined.length + held.length, 1, "the owner gets it once");
        }),
    },
  },
} satisfies {
  readonly [Name in keyof TicketStoreCapabilities]: {
    readonly [Value in `${TicketStoreCapabilities[Name]}`]: ContractCase<TicketStoreHarness>;
  };
};
