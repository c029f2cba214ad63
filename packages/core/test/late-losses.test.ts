import { MemoryTicketStore, OneVsOne, type CallOptions, type Lease, type OwnerEvent } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

/** A store that tells of the end of an older lease once its owner has a newer one. */
class Belated extends MemoryTicketStore {
  override async *own(queues: readonly string[], options: CallOptions): AsyncIterableIterator<OwnerEvent> {
    for await (const event of super.own(queues, options)) {
      yield event;
      if (event.type !== "gained") continue;
      const lease: Lease = { ...event.lease, fence: event.lease.fence - 1n, lost: AbortSignal.abort() };
      yield { type: "lost", lease };
    }
  }
}

it("goes on with a pool where the loss of a lease before is told of late", async () => {
  const clock = new ManualClock();
  const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
  const { matchmaker } = await world({ queues, tickets: new Belated({ clock }), clock });
  const lost = heard(matchmaker, "pool.lost");
  const matches = heard(matchmaker, "match.settled");
  for (const id of ["ann", "bob"]) await matchmaker.join("duel", solo(id));
  await clock.advance(1_000);
  expect([lost.length, matches.length]).toEqual([0, 1]);
});
