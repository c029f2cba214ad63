import type { Decision, Match } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { NOW, play, POOL, ticket, until, type Play } from "./worker.js";

const match: Match = {
  ...POOL,
  id: "duel.eu.m",
  teams: [[ticket("a")], [ticket("b")]],
  quality: 1,
  createdAt: NOW,
};
const claim: Decision = { type: "claim", match };
const settle: Decision = { type: "settle", matchId: match.id };
const deliver: Decision = { type: "deliver", matchId: match.id };
const at = { now: NOW };

async function owner({ worker }: Play): Promise<(...decisions: Decision[]) => Promise<unknown[]>> {
  const one = worker();
  await until(() => one.lease && one.known.length === 2);
  return (...decisions) => one.store.decide(one.lease!, decisions, at);
}

describe("a record that breaks while its owner knows it", () => {
  it.each(["wxx", "w-- ", "w--\n\n", "x"])("%j is not claimed, and nothing else changes", (broken) =>
    play({}, async (stage) => {
      const { command, tag, store, join } = stage;
      await join("a", "b");
      const decide = await owner(stage);
      const before = await command("hget", `${tag}pool:eu`, "seq");
      await command("hset", `${tag}waiting:eu`, ticket("a").id, broken);
      expect(await decide(claim)).toEqual([{ type: "gone", ticketIds: [ticket("a").id] }]);
      expect(await command("hget", `${tag}pool:eu`, "seq")).toBe(before);
      expect(await command("hget", `${tag}corrupt`, ticket("a").id)).toBe(broken);
      expect(await command("hexists", `${tag}waiting:eu`, ticket("a").id)).toBe(0);
      const [found] = await store.read([{ type: "ticket", ticketId: ticket("b").id }], {});
      expect(found?.state).toBe("waiting");
    }),
  );

  it("is made anew by who joins again", () =>
    play({}, async ({ command, tag, store, join }) => {
      await join("a");
      await command("hset", `${tag}waiting:eu`, ticket("a").id, "broken");
      await join("a");
      const [found] = await store.read([{ type: "ticket", ticketId: ticket("a").id }], {});
      expect(found?.state).toBe("waiting");
    }));
});

it("the tickets of a match that cannot be read wait again once the pool has its next owner", () =>
  play({ leaseMs: 300 }, async ({ command, tag, store, join, worker }) => {
    await join("a", "b");
    const one = worker();
    await until(() => one.lease && one.known.length === 2);
    const { lease } = one;
    const seen = { ...ticket("c"), heartbeatMs: 60_000 };
    await store.submit(
      [
        { type: "join", ticket: seen, requestId: "r" },
        { type: "beat", ticketId: seen.id },
      ],
      at,
    );
    const kept: Match = { ...match, id: "duel.eu.kept", teams: [[ticket("b")]] };
    const lost: Match = { ...match, teams: [[ticket("a")], [seen]] };
    await one.store.decide(
      lease!,
      [
        { type: "claim", match: kept },
        { type: "claim", match: lost },
      ],
      at,
    );
    await command("hset", `${tag}pending:eu`, match.id, "broken");
    await command("hset", `${tag}pool:eu`, "owner", "", "fence", Date.now() + 60_000);
    await command("xadd", `${tag}news`, "*", "owners", "1");
    const ids = [ticket("a").id, seen.id];
    const states = async (): Promise<unknown[]> =>
      (
        await store.read(
          [...ids, ticket("b").id].map((ticketId) => ({ type: "ticket", ticketId })),
          {},
        )
      ).map((found) => found?.state);
    await expect.poll(states, { timeout: 15_000 }).toEqual(["waiting", "waiting", "claimed"]);
    await until(() => one.lease && one.lease !== lease && one.known.length === 2);
    expect(one.known.sort()).toEqual(ids);
    const gained = one.heard.findLast(({ type }) => type === "gained");
    expect(gained).toMatchObject({ pending: [{ match: { id: kept.id } }] });
    expect(gained).toMatchObject({
      waiting: expect.arrayContaining([{ ticket: seen, seenAt: NOW }]) as unknown,
    });
    const [same] = await store.submit([{ type: "join", ticket: seen, requestId: "r" }], at);
    expect(same).toEqual({ type: "same", ticket: seen });
  }));

it("a request id whose ticket left in the batch in which it joined is remembered for a while", () =>
  play({}, async ({ command, tag, store }) => {
    const [one, again] = [ticket("a"), { ...ticket("a"), id: "duel.eu.again" }];
    await store.submit(
      [
        { type: "join", ticket: one, requestId: "r" },
        { type: "leave", ticketId: one.id },
      ],
      at,
    );
    const key = `${tag}request:${JSON.stringify(["a", "r"])}`;
    expect(await command("pttl", key)).toBeGreaterThan(0);
    const [same] = await store.submit([{ type: "join", ticket: again, requestId: "r" }], at);
    expect(same).toEqual({ type: "same", ticket: one });
  }));

describe("a key of another type changes nothing", () => {
  const span = (after: number): number => Math.floor(Date.now() / 30_000) + after;
  it.each<[string, string[], Decision[]]>([
    ["claimed", ["claimed:eu"], [claim]],
    ["pending", ["pending:eu"], [claim]],
    ["pending of a pair", ["pending:eu"], [claim, settle]],
    ["players", ["players"], [claim, settle]],
    ["ended", [`ended:${span(0)}`, `ended:${span(1)}`], [claim, settle]],
    ["closed", [`closed:${span(0)}`, `closed:${span(1)}`], [claim, settle, deliver]],
  ])("%s", (_, keys, decisions) =>
    play({}, async (stage) => {
      const { command, tag, join } = stage;
      await join("a", "b");
      const decide = await owner(stage);
      for (const key of keys) await command("set", `${tag}${key}`, "foreign");
      const stand = async (): Promise<unknown[]> => [
        await command("hmget", `${tag}pool:eu`, "seq", "link"),
        await command("hlen", `${tag}waiting:eu`),
        await command("exists", `${tag}claimed:eu`, `${tag}pending:eu`),
      ];
      const before = await stand();
      await expect(decide(...decisions)).rejects.toMatchObject({ code: "STORE_MISCONFIGURED" });
      expect(await stand()).toEqual(before);
    }),
  );
});
