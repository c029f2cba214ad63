import { MemoryEventBus, MemoryTicketStore, OneVsOne, type MatchStore } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };

it("a ticket that left while nobody ran its pool is told of by whoever runs it next, once", async () => {
  const clock = new ManualClock();
  const ports = { queues, tickets: new MemoryTicketStore({ clock }), events: new MemoryEventBus(), clock };
  const front = await world(ports, { start: false, seed: 1 });
  const other = await world(ports, { start: false, seed: 2 });
  const ended: string[] = [];
  front.matchmaker.on("ended", ({ ticket, reason }) => ended.push(`${ticket.players[0]!.id} ${reason}`));
  const ann = await front.matchmaker.join("duel", solo("ann"));
  await front.matchmaker.join("duel", solo("bob"));
  await other.matchmaker.leave(ann.id);
  await clock.settle();
  expect(ended).toEqual([]);
  const worker = await world(ports, { start: false, seed: 3 });
  const left = heard(worker.matchmaker, "ticket.left");
  await worker.matchmaker.start();
  await clock.settle();
  expect(ended).toEqual(["ann left"]);
  expect(left).toEqual([{ ticket: expect.objectContaining({ id: ann.id }) as unknown, reason: "left" }]);
  // The next owner has nothing to tell.
  await worker.matchmaker.close();
  const next = await world(ports, { start: false, seed: 4 });
  const again = heard(next.matchmaker, "ticket.left");
  await next.matchmaker.start();
  await clock.settle();
  expect(next.matchmaker.health().pools).toBe(1);
  expect(again).toEqual([]);
});

it("a ticket that leaves while its owner drains is told of", async () => {
  const clock = new ManualClock();
  const ports = { queues, tickets: new MemoryTicketStore({ clock }), events: new MemoryEventBus(), clock };
  let saved = (): void => {};
  const dragging = { save: () => new Promise<void>((resolve) => (saved = resolve)) } as unknown as MatchStore;
  const worker = await world({ ...ports, matches: dragging }, { seed: 1 });
  const front = await world(ports, { start: false, seed: 2 });
  const other = await world(ports, { start: false, seed: 3 });
  const ended: string[] = [];
  front.matchmaker.on("ended", ({ ticket, reason }) => ended.push(`${ticket.players[0]!.id} ${reason}`));
  const ann = await front.matchmaker.join("duel", solo("ann", 1500, "quiet"));
  for (const id of ["bob", "cid"]) await front.matchmaker.join("duel", solo(id, 1500, "busy"));
  await clock.settle();
  expect(worker.matchmaker.health().pools).toBe(2);
  const closed = worker.matchmaker.close();
  await clock.settle();
  await other.matchmaker.leave(ann.id);
  await clock.settle();
  expect(ended).toEqual(["ann left"]);
  saved();
  await closed;
});
