import { sharedRedis } from "@evenmatch/services/vitest";
import { playRaces, RACE_REGIONS } from "@evenmatch/services/vitest/adapter";
import { withSeed } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { hashOf } from "./dump.js";
import { placeOn, ticketStoreSubject } from "./subject.js";

const CONNECTIONS = 8;

describe("races from eight connections", () => {
  it("leave every ticket with one end, every player with one live ticket, and say so to those who asked", () =>
    withSeed(async (seed) => {
      const subject = ticketStoreSubject(placeOn(sharedRedis()));
      const stores = Array.from({ length: CONNECTIONS }, () => subject.store());
      const { ends: expected, waiting } = await playRaces(stores, { seed, rounds: 100 });
      const ids = [...expected.keys()];
      const found = await stores[1]!.read(
        ids.map((ticketId) => ({ type: "ticket", ticketId })),
        {},
      );
      const ends = new Map(
        ids.map((id, n) => {
          const one = found[n];
          return [id, one?.type === "ticket" ? (one.matchId ?? one.state) : "unknown"];
        }),
      );
      expect(ends).toEqual(expected);

      // The books agree: who is live, and who waits.
      const { admin, prefix } = subject;
      const tag = `{${prefix}:duel}:`;
      const live = await hashOf(admin, `${tag}players`);
      expect(Array.from(live, ([player, id]) => `${id} ${JSON.parse(player)}`).sort()).toEqual(
        waiting.flatMap((one) => one.players.map(({ id }) => `${one.id} ${id}`)).sort(),
      );
      for (const region of RACE_REGIONS) {
        const here = waiting.filter((one) => one.region === region).map(({ id }) => id);
        expect([...(await hashOf(admin, `${tag}waiting:${region}`)).keys()].sort()).toEqual(here.sort());
        expect((await hashOf(admin, `${tag}claimed:${region}`)).size).toBe(0);
      }
      await subject.close();
    }));
});
