import type { Decision, Match, Ticket } from "@evenmatch/core";
import { evolve, LifeState, step, type Input } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashOf } from "./dump.js";
import { NOW, play, POOL, ticket, until } from "./worker.js";

const TICKETS = 8;

/** Of so many tickets, who plays in each match; most matches are pairs of those who wait. */
const lineups = fc.array(
  fc.record({
    match: fc.nat(1),
    tickets: fc.oneof(
      { weight: 3, arbitrary: fc.nat(TICKETS / 2 - 1).map((pair) => [2 * pair, 2 * pair + 1]) },
      { weight: 1, arbitrary: fc.uniqueArray(fc.nat(TICKETS - 1), { minLength: 1, maxLength: 3 }) },
    ),
    after: fc.constantFrom("nothing", "nothing", "nothing", "deliver", "expire", "claim"),
  }),
  { minLength: 1, maxLength: 12 },
);

it("takes up matches that are claimed and settled at once as if each came alone", () =>
  play({}, async ({ command, admin, tag, store, worker, join }) => {
    await join("opening");
    const owner = worker();
    await until(() => owner.lease);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(lineups, fc.nat(2 ** TICKETS - 1), async (matches, asked) => {
        const name = `r${++round}`;
        const tickets = Array.from({ length: TICKETS }, (_, n): Ticket => ticket(`${name}-${n}`));
        const requests = tickets.map((one, n) => {
          const requestId = asked & (1 << n) ? one.id : undefined;
          return { type: "join", ticket: one, requestId } as const;
        });
        const decisions = matches.flatMap(({ match: n, tickets: who, after }): Decision[] => {
          const teams = who.map((seat) => [tickets[seat]!]);
          // An id is of one line-up: an owner that hears of it has no other word for who plays.
          const id = `duel.eu.${name}-m${n}-${who.join("-")}`;
          const match: Match = { ...POOL, id, teams, quality: 1, createdAt: NOW };
          const pair: Decision[] = [
            { type: "claim", match },
            { type: "settle", matchId: match.id },
          ];
          if (after === "deliver") return [...pair, { type: "deliver", matchId: match.id }];
          if (after === "expire") return [...pair, { type: "expire", ticketId: tickets[who[0]!]!.id }];
          return after === "claim" ? [pair[0]!] : pair;
        });
        const life = new LifeState({ retainMs: Infinity, dedupeMs: Infinity });
        const model = (inputs: readonly Input[]): unknown[] =>
          inputs.map((input) => {
            const { outcome, changes } = step(life, input, NOW);
            for (const change of changes) evolve(life, change, NOW);
            return outcome;
          });
        await store.submit(requests, { now: NOW });
        model(requests);
        expect(await owner.store.decide(owner.lease!, decisions, { now: NOW })).toEqual(model(decisions));
        const found = await store.read(
          tickets.map(({ id }) => ({ type: "ticket", ticketId: id })),
          {},
        );
        expect(found).toEqual(
          tickets.map((one) => {
            const { state, matchId } = life.tickets.get(one.id)!;
            return { type: "ticket", ticket: one, state, ...(matchId !== undefined && { matchId }) };
          }),
        );
        const live = tickets.filter(({ id }) => ["waiting", "claimed"].includes(life.tickets.get(id)!.state));
        const players = await hashOf(admin, `${tag}players`);
        expect([...players.values()].filter((id) => id.includes(`.${name}-`)).sort()).toEqual(
          live.map(({ id }) => id).sort(),
        );
        const known = [...life.matches.values()].filter(({ state }) => state !== "delivered");
        const pending = await hashOf(admin, `${tag}pending:eu`);
        expect([...pending.keys()].filter((id) => id.includes(`.${name}-`)).sort()).toEqual(
          known.map(({ match }) => match.id).sort(),
        );
        const changes = Number(await command("hget", `${tag}pool:eu`, "seq"));
        await until(() =>
          owner.heard.some((event) => event.type === "changed" && event.changes.at(-1)?.seq === changes),
        );
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }));
