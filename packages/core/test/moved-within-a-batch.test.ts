import { expect, it } from "vitest";
import { MemoryTicketStore, type Request } from "../src/index.js";

it("tells each change once, also when a pool moves within the batch that changed it", async () => {
  const store = new MemoryTicketStore();
  const stop = new AbortController();
  const heard: string[] = [];
  const listen = async (name: string, queues: string[]): Promise<void> => {
    for await (const event of store.own(queues, { signal: stop.signal })) {
      const at = `${name} ${event.lease.pool.region} ${event.lease.fence}`;
      if (event.type === "gained") heard.push(...event.waiting.map(({ ticket }) => `${at} ${ticket.id}`));
      if (event.type !== "changed") continue;
      for (const { change } of event.changes)
        if (change.type === "joined") heard.push(`${at} ${change.ticket.id}`);
    }
  };
  const runs = [listen("one", ["a"]), listen("two", ["a", "b"])];
  const join = (queue: string, region: string, id: string): Request => ({
    type: "join",
    ticket: { id: `${queue}.${region}.${id}`, queue, region, players: [{ id, rating: 1 }], joinedAt: 0 },
  });
  await store.submit([join("a", "r1", "1")], { now: 0 });
  await store.submit([join("a", "r2", "2")], { now: 0 });
  await store.submit(
    [
      join("a", "r1", "3"),
      join("a", "r2", "4"),
      join("b", "x", "5"),
      join("b", "y", "6"),
      join("b", "z", "7"),
    ],
    { now: 0 },
  );
  stop.abort();
  await Promise.all(runs);
  expect(heard).toEqual([...new Set(heard)]);
});
