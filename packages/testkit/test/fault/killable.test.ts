import { MemoryTicketStore, type OwnerEvent } from "@evenmatch/core";
import { expect, it } from "vitest";
import { join, START, ticket } from "../../src/contract/ticket-store/making.js";
import { killable } from "../../src/fault/killable.js";

const now = START;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  const done = (): void => void (isDone = true);
  promise.then(done, done);
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  return !isDone;
}

it("a killed process gets no answer, no event, and changes nothing; buried, its pools move on", async () => {
  const store = new MemoryTicketStore();
  const process = killable(store);
  const events = process.port.own(["duel"], {})[Symbol.asyncIterator]();
  await process.port.submit([join(ticket("ann"))], { now });
  expect((await events.next()).value).toMatchObject({ type: "gained" });

  const underWay = process.port.submit([join(ticket("bob"))], { now });
  process.kill();
  expect(process.isDead).toBe(true);
  expect(await isPending(underWay)).toBe(true);
  expect(await isPending(events.next())).toBe(true);
  expect(await isPending(process.port.submit([join(ticket("cat"))], { now }))).toBe(true);
  expect(await isPending(process.port.own(["duel"], {})[Symbol.asyncIterator]().next())).toBe(true);
  const [cat] = await store.read([{ type: "ticket", ticketId: ticket("cat").id }], {});
  expect(cat).toBeUndefined();

  const next = store.own(["duel"], {})[Symbol.asyncIterator]();
  const gained = next.next();
  expect(await isPending(gained)).toBe(true);
  await process.bury();
  const event = (await gained).value as Extract<OwnerEvent, { type: "gained" }>;
  expect(event.waiting.map(({ ticket: { players } }) => players[0]?.id)).toEqual(["ann", "bob"]);
});
