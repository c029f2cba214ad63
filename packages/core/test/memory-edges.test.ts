import { expect, it } from "vitest";
import { MemoryEventBus, MemoryMatchStore, type BusEvent } from "../src/index.js";

it("a member of a group closes although others go on publishing", async () => {
  const bus = new MemoryEventBus();
  const event: BusEvent = {
    v: 1,
    type: "match.delivered",
    at: 0,
    pool: { queue: "q", region: "r" },
    seq: 1,
    data: { matchId: "m" },
  };
  // Each handled event brings the next, so the group's backlog never runs dry.
  let handled = 0;
  const { close } = await bus.subscribe(() => (handled++ < 1_000 ? bus.publish([event], {}) : undefined), {
    group: "g",
  });
  await bus.publish([event], {});
  await close();
  expect(handled).toBeLessThan(1_000);
});

it("a cursor without a time is no page's next", async () => {
  await expect(new MemoryMatchStore().list({ after: "~x" }, {})).rejects.toMatchObject({
    code: "INVALID_REQUEST",
  });
});
