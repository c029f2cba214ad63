import { MemoryTicketStore, OneVsOne, type PoolKey } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
const HOUR = 3_600_000;

it("a pool that nobody has used for an hour is dropped, and comes back when somebody joins", async () => {
  const { matchmaker, clock } = await world({ queues });
  const lost = heard(matchmaker, "pool.lost");
  const gained = heard(matchmaker, "pool.gained");
  const ann = await matchmaker.join("classic", solo("ann", 1500, "eu"));
  await matchmaker.join("classic", solo("bob", 1500, "na"));
  await matchmaker.leave(ann.id);
  await clock.advance(HOUR);
  await matchmaker.join("classic", solo("cid", 9_000, "na"));
  await clock.settle();
  expect(lost).toHaveLength(1);
  expect(matchmaker.health()).toMatchObject({ pools: 1, waiting: 2 });
  const matched = matchmaker.find("classic", solo("dan", 1500, "eu"));
  await matchmaker.join("classic", solo("eve", 1500, "eu"));
  expect((await matched).teams.flat()).toHaveLength(2);
  // A lease of the time before must not become valid again.
  const fences = gained.map(({ fence }) => fence);
  expect(new Set(fences).size).toBe(fences.length);
});

it("regions that are made up are not kept by the thousands", async () => {
  const { matchmaker, clock } = await world({ queues });
  for (let region = 0; region < 3_000; region++) {
    const { id } = await matchmaker.join("classic", solo("ann", 1500, `r${region}`));
    await matchmaker.leave(id);
  }
  await clock.settle();
  expect(matchmaker.health().pools).toBeLessThan(1_100);
});

it("a pool whose match is not delivered yet stays, however long that takes", async () => {
  const clock = new ManualClock();
  const tickets = new MemoryTicketStore({ clock });
  const events = (await world({ queues, clock, tickets }, { start: false })).matchmaker;
  const stop = new AbortController();
  const seen: string[] = [];
  const run = (async () => {
    for await (const event of tickets.own(["classic"], { signal: stop.signal })) {
      seen.push(event.type);
      if (event.type !== "changed") continue;
      for (const { change } of event.changes) {
        if (change.type !== "joined" || change.ticket.region !== "eu") continue;
        const { id, queue, region } = change.ticket;
        const match = { id: `${id}m`, queue, region, teams: [[change.ticket]], quality: 1, createdAt: 0 };
        void tickets.decide(
          event.lease,
          [
            { type: "claim", match },
            { type: "settle", matchId: match.id },
          ],
          {
            now: clock.now(),
          },
        );
      }
    }
  })();
  const at: PoolKey = { queue: "classic", region: "eu" };
  const { id } = await events.join("classic", solo("ann", 1500, at.region));
  await clock.settle();
  expect(await events.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  await clock.advance(3 * HOUR);
  await events.join("classic", solo("bob", 1500, "na"));
  await clock.settle();
  expect(id).toContain("eu");
  expect(seen).not.toContain("lost");
  stop.abort();
  await run;
});
