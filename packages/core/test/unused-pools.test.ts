import { MemoryTicketStore, OneVsOne } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };

it("of the pools that nobody uses, the last thousand are kept; one that is dropped comes back with its next ticket", async () => {
  const { matchmaker, clock } = await world({ queues });
  const lost = heard(matchmaker, "pool.lost");
  const gained = heard(matchmaker, "pool.gained");
  await matchmaker.join("classic", solo("bob", 1500, "na"));
  for (let region = 0; region < 1_500; region++) {
    const { id } = await matchmaker.join("classic", solo("ann", 1500, `r${region}`));
    await matchmaker.leave(id);
  }
  await clock.settle();
  expect(matchmaker.health()).toMatchObject({ pools: 1_001, waiting: 1 });
  expect(lost).toHaveLength(500);
  const matched = matchmaker.find("classic", solo("dan", 1500, "r0"));
  await matchmaker.join("classic", solo("eve", 1500, "r0"));
  expect((await matched).teams.flat()).toHaveLength(2);
  // A lease of the time before must not become valid again.
  const fences = gained.map(({ fence }) => fence);
  expect(new Set(fences).size).toBe(fences.length);
});

it("a pool whose match is not delivered yet stays", async () => {
  const clock = new ManualClock();
  const tickets = new MemoryTicketStore({ clock });
  const { matchmaker } = await world({ queues, clock, tickets }, { start: false });
  const stop = new AbortController();
  const lost: string[] = [];
  const own = async (): Promise<void> => {
    for await (const event of tickets.own(["classic"], { signal: stop.signal })) {
      if (event.type === "lost") lost.push(event.lease.pool.region);
      if (event.type !== "changed") continue;
      for (const { change } of event.changes) {
        if (change.type !== "joined" || change.ticket.region !== "eu") continue;
        const { id, queue, region } = change.ticket;
        const match = { id: `${id}m`, queue, region, teams: [[change.ticket]], quality: 1, createdAt: 0 };
        const decisions = [
          { type: "claim", match },
          { type: "settle", matchId: match.id },
        ] as const;
        void tickets.decide(event.lease, decisions, { now: clock.now() });
      }
    }
  };
  const owned = own();
  await matchmaker.join("classic", solo("ann", 1500, "eu"));
  await clock.settle();
  expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  for (let region = 0; region < 1_500; region++) {
    const { id } = await matchmaker.join("classic", solo("bob", 1500, `r${region}`));
    await matchmaker.leave(id);
  }
  await clock.settle();
  expect(lost).toHaveLength(500);
  expect(lost).not.toContain("eu");
  stop.abort();
  await owned;
});
