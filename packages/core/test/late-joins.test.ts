import {
  MemoryEventBus,
  MemoryTicketStore,
  OneVsOne,
  type CallOptions,
  type OwnerEvent,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

/** A store whose owners hear of changes when they are let, as those of a log do that have a backlog. */
class Backlog extends MemoryTicketStore {
  #release = (): void => {};
  readonly #gate = new Promise<void>((resolve) => (this.#release = resolve));

  release(): void {
    this.#release();
  }

  override async *own(queues: readonly string[], options: CallOptions): AsyncIterableIterator<OwnerEvent> {
    for await (const event of super.own(queues, options)) {
      if (event.type === "changed") await this.#gate;
      yield event;
    }
  }
}

it("matches nobody with a ticket whose time was over before its owner came to it", async () => {
  const clock = new ManualClock();
  const tickets = new Backlog({ clock });
  const queues = {
    duel: { strategy: new OneVsOne({ maxRatingGap: 100 }), ticketTtlMs: 5_000, heartbeatMs: 2_000 },
  };
  const { matchmaker } = await world({ queues, tickets, events: new MemoryEventBus(), clock });
  const expired = heard(matchmaker, "ticket.expired");
  const settled = heard(matchmaker, "match.settled");
  const here = await matchmaker.join("duel", solo("here"));
  const gone = await matchmaker.join("duel", solo("gone"));
  await clock.advance(1_500);
  await matchmaker.heartbeat([here.id]);
  await clock.advance(1_500);
  tickets.release();
  await clock.settle();
  expect(settled).toEqual([]);
  expect(expired).toMatchObject([{ ticket: { id: gone.id } }]);
  // Who was heard of since still waits.
  await matchmaker.join("duel", solo("late"));
  await clock.settle();
  expect(settled).toHaveLength(1);
});
