import { expect, it } from "vitest";
import { evolve } from "../src/life.js";
import { LifeState } from "../src/life-state.js";
import type { Match, Ticket } from "../src/index.js";

it("a released ticket belongs to no match, whether it returns or ends", () => {
  const ticket = (name: string): Ticket => {
    const rest = { queue: "duel", region: "eu", joinedAt: 0, expiresAt: Infinity, heartbeatMs: Infinity };
    return { id: `duel.eu.${name}`, players: [{ id: name, rating: 0 }], ...rest };
  };
  const [ann, bob] = [ticket("ann"), ticket("bob")];
  const match: Match = {
    id: "duel.eu.m",
    queue: "duel",
    region: "eu",
    teams: [[ann], [bob]],
    quality: 1,
    createdAt: 0,
  };
  const state = new LifeState({ retainMs: 1_000, dedupeMs: 1_000 });
  for (const one of [ann, bob]) evolve(state, { type: "joined", ticket: one }, 0);
  evolve(state, { type: "claimed", match }, 1);
  expect(state.record(ann.id).matchId).toBe(match.id);
  evolve(
    state,
    { type: "released", matchId: match.id, returned: [ann], dropped: [bob], reason: "declined" },
    2,
  );
  expect(state.record(ann.id).matchId).toBeUndefined();
  expect(state.record(bob.id).matchId).toBeUndefined();
});
