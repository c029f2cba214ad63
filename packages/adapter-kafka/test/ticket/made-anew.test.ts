import type { EvenmatchError } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, vi } from "vitest";
import { makeAnew } from "../topic/made-anew.js";
import { aTicket, join, NOON, World } from "../faults/world.js";

it("takes up what is asked in a topic that was made anew while it ran", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const problems: EvenmatchError[] = [];
  const store = world.store({ onProblem: (error) => problems.push(error) });
  world.run(store, "duel");
  for (let count = 0; count < 40; count++) await store.submit([join(aTicket())], { now: NOON });
  await world.admin((admin) => makeAnew(admin, world.names.requests("duel")));
  const api = world.store();
  // The broker may take some more into the topic that it is about to drop.
  const outcomes = await vi.waitUntil(
    async () => {
      const answer = await api.submit([join(aTicket())], { now: NOON }).catch(() => undefined);
      return problems.length > 0 && answer;
    },
    { timeout: 60_000 },
  );
  expect(problems).toMatchObject([{ code: "STORE_MISCONFIGURED" }]);
  expect(outcomes).toMatchObject([{ type: "added" }]);
});
