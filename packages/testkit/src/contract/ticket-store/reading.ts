import assert from "node:assert/strict";
import type { Match, Query, Request, Ticket } from "@evenmatch/core";
import { rejectsAs, same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { idIn, join, match, POOL, START, ticket } from "./making.js";
import { find, Stage } from "./stage.js";

/** Names that an unwary store trips over: quotes of every kind, patterns, prototypes, other scripts. */
const NAMES = [
  "O'Brien",
  '"q"',
  "a\\b",
  "100%_",
  "$1",
  "{x}",
  "__proto__",
  "constructor",
  "Zoë 🎲👩‍👩‍👧",
  "名前",
  "a\nb\tc",
  "a:b|c,d~e",
  " ",
];

/** Texts that the library never made as an id. */
const FOREIGN = [
  "",
  "x",
  "a.b",
  "duel.eu",
  "duel..x",
  ".eu.x",
  "no-such-queue.eu.x",
  "duel.eu.x.y.z",
  "duel.eu.-1.x",
  "__proto__",
  "duel.eu.'; --",
  "duel.eu.🎲",
  "x".repeat(2_000),
];

/** What is read, and what calls have in common. */
export const readCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "read-anywhere",
    promise:
      "what one connection was answered, every other reads at once: by ticket, by player and queue, by match, each at its place",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const [a, b, c] = [ticket("a"), ticket("b"), ticket("c")];
        const squad = { queue: "squad", region: "eu" };
        await stage.submit(
          [...[a, b, c].map(join), join(ticket("a in squad", { players: ["a"], pool: squad }))],
          START,
        );
        const ab = match("ab", [a, b]);
        await stage.decide(owner, [{ type: "claim", match: ab }], START);
        const other = await stage.subject.store();
        const queries: Query[] = [
          { type: "match", matchId: ab.id },
          { type: "player", playerId: "a", queue: "duel" },
          { type: "player", playerId: "nobody", queue: "duel" },
          { type: "ticket", ticketId: c.id },
          { type: "player", playerId: "b", queue: "squad" },
          { type: "ticket", ticketId: a.id },
          { type: "match", matchId: c.id },
        ];
        same(
          await stage.read(queries, other),
          queries.map((query) =>
            find(
              stage.life(POOL),
              query && query.type === "player" && query.queue === "squad"
                ? { ...query, playerId: "nobody" }
                : query,
            ),
          ),
          "read",
        );
        const [inSquad] = await stage.read([{ type: "player", playerId: "a", queue: "squad" }], other);
        same(inSquad?.type === "ticket" && inSquad.ticket.queue, "squad", "the same player in another queue");
      }),
  },
  {
    id: "unknown-ids",
    promise: "ids that name nothing, and texts that are no ids, are answered as unknown",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        await stage.ready(owner);
        const ids = [
          ...FOREIGN,
          idIn(POOL, "never"),
          idIn({ queue: "duel", region: "nowhere" }, "never"),
          idIn({ queue: "unheard-of", region: "eu" }, "never"),
        ];
        // Where a request needs an owner, one to a pool that nobody can own is never taken up.
        const owned = harness.capabilities.joinNeedsOwner
          ? ids.filter(
              (id) => !id.startsWith("no-such") && !id.startsWith("unheard") && !id.includes("nowhere"),
            )
          : ids;
        const requests: readonly ((id: string) => Request)[] = [
          (id) => ({ type: "leave", ticketId: id }),
          (id) => ({ type: "beat", ticketId: id }),
          (id) => ({ type: "answer", matchId: id, playerId: "a", accepted: true }),
        ];
        for (const [index, type] of ["unknown", "ended", "unknown"].entries()) {
          const sent = owned.map(requests[index] as (id: string) => Request);
          same(
            await stage.submit(sent, START),
            sent.map(() => ({ type })),
            sent[0]?.type ?? "",
          );
        }
        const queries = ids.flatMap((id): Query[] => [
          { type: "ticket", ticketId: id },
          { type: "match", matchId: id },
          { type: "player", playerId: id, queue: "duel" },
          { type: "player", playerId: "a", queue: id },
        ]);
        same(
          await stage.read(queries),
          queries.map(() => undefined),
          "reads",
        );
      }),
  },
  {
    id: "round-trip",
    promise: "tickets and matches come back as they were given, whatever their texts and numbers",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const tickets = NAMES.map((name, index): Ticket =>
          ticket(`t${index}`, {
            players: [
              {
                id: name,
                rating: index % 2 ? -0.1 - index : 1e21,
                deviation: 0.30000000000000004,
                attributes: {
                  text: name,
                  level: 0.1,
                  premium: index % 2 === 0,
                  topics: [name, "b"],
                  latencies: [1, 2.5],
                  ms: { eu: 20, us: 90.5 },
                  none: [],
                },
              },
              { id: `${name} 2`, rating: 0 },
            ],
            joinedAt: START + index,
            ...(index % 2 === 0 && { expiresAt: START + 1_000_000 }),
            ...(index % 2 === 1 && { heartbeatMs: 5_000 }),
          }),
        );
        await stage.submit(
          tickets.map((one, index): Request => ({ type: "join", ticket: one, requestId: NAMES[index] })),
          START,
        );
        const whole: Match = match("all", tickets, {
          teams: [tickets.slice(0, 5), tickets.slice(5)],
          quality: 0.1 + 0.2,
          acceptBy: START + 5_000,
        });
        await stage.decide(owner, [{ type: "claim", match: whole }], START);
        await stage.submit(
          NAMES.map((playerId): Request => ({ type: "answer", matchId: whole.id, playerId, accepted: true })),
          START,
        );
        const assignment = { host: "O'Hara 🎲", ports: [7000, 7001], deep: { a: [null, true, "x"] } };
        await stage.decide(owner, [{ type: "settle", matchId: whole.id, assignment }], START);
        const holding = await owner.gained(POOL);
        await stage.mark(owner);
        const settled = holding.heard.flatMap(({ change }) =>
          change.type === "settled" ? [change.match] : [],
        );
        same(settled, [{ ...whole, assignment }], "the owner hears");
        const queries: Query[] = [
          { type: "match", matchId: whole.id },
          ...tickets.map(({ id }): Query => ({ type: "ticket", ticketId: id })),
        ];
        await stage.readsAsModel(queries, POOL, "the store");
      }),
  },
  {
    id: "time",
    promise:
      "time() is a whole number of milliseconds near the time of the harness's clock, and does not run backwards",
    run: (harness) =>
      Stage.play(harness, async (stage) => {
        const first = await stage.within("time", stage.store.time());
        assert.ok(Number.isSafeInteger(first), `a whole number: ${first}`);
        assert.ok(
          Math.abs(first - harness.clock.now()) < 60_000,
          `near the clock: ${first - harness.clock.now()} ms off`,
        );
        const second = await stage.within("time", stage.store.time());
        assert.ok(second >= first, "not backwards");
      }),
  },
  {
    id: "aborted",
    promise: "a call whose signal has aborted rejects with its reason before it has any effect",
    run: (harness) =>
      Stage.play(harness, async (stage, owner) => {
        const ann = ticket("ann");
        const { lease } = await stage.ready(owner);
        await stage.submit([join(ann)], START);
        const reason = new Error("no longer needed");
        const signal = AbortSignal.abort(reason);
        const { store } = stage;
        const calls: readonly [string, Promise<unknown>][] = [
          [
            "submit",
            store.submit([join(ticket("bob")), { type: "leave", ticketId: ann.id }], { now: START, signal }),
          ],
          [
            "decide",
            owner.store.decide(lease, [{ type: "claim", match: match("m", [ann]) }], { now: START, signal }),
          ],
          ["read", store.read([{ type: "ticket", ticketId: ann.id }], { signal })],
          ["ask", store.ask(POOL, { type: "estimate", rating: 0 }, { signal })],
        ];
        await Promise.all(calls.map(([name, call]) => rejectsAs(stage.within(name, call), reason, name)));
        const queries: Query[] = [
          { type: "ticket", ticketId: ann.id },
          { type: "ticket", ticketId: ticket("bob").id },
        ];
        await stage.readsAsModel(queries, POOL, "after calls that were given up");
      }),
  },
  {
    id: "own-aborted",
    promise:
      "an offer whose signal has aborted gains nothing and ends; one that is returned ends, too, and its pools move on",
    run: (harness) =>
      Stage.empty(harness, async (stage) => {
        const gained: string[] = [];
        const offer = async (signal?: AbortSignal): Promise<void> => {
          for await (const event of stage.store.own(["duel"], { signal })) {
            gained.push(event.type);
            return;
          }
        };
        const none = offer(AbortSignal.abort(new Error("never mind"))).catch(() => {});
        await stage.within("an aborted offer to end", none);
        same(gained, [], "an aborted offer");
        const returned = offer();
        const joining = stage.submit([join(ticket("ann"))], START).catch(() => {});
        await stage.within("a first event, and the end of the loop", returned);
        const owner = await stage.watch();
        await owner.gained(POOL);
        await joining;
      }),
  },
];
