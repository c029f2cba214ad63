import { MemoryEventBus, MemoryTicketStore, OneVsOne, type Match } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { solo, world } from "./world.js";

const strategy = new OneVsOne({ maxRatingGap: 100 });
const queues = { duel: strategy, blitz: strategy };

describe("a loop over matches()", () => {
  it("of a group and a queue gets all of that queue, whatever others of the group listen to", async () => {
    const clock = new ManualClock();
    const ports = { clock, tickets: new MemoryTicketStore({ clock }), events: new MemoryEventBus() };
    const { matchmaker } = await world({ queues, ...ports });
    const heard: string[] = [];
    const listen = async (queue: "duel" | "blitz"): Promise<void> => {
      for await (const match of matchmaker.matches({ group: "history", queue })) heard.push(match.queue);
    };
    const loops = [listen("duel"), listen("blitz")];
    await clock.settle();
    const order = ["duel", "duel", "blitz", "duel", "blitz", "blitz", "blitz", "duel"] as const;
    for (const [index, queue] of order.entries()) {
      await matchmaker.join(queue, solo(`one ${index}`));
      await matchmaker.join(queue, solo(`other ${index}`));
      await clock.settle();
    }
    const closed = matchmaker.close();
    await clock.advance(10_000);
    await Promise.all([closed, ...loops]);
    expect(heard.sort()).toEqual([...order].sort());
  });

  it("answers each of several questions that are asked at once", async () => {
    const { matchmaker, clock } = await world({ queues });
    const matches = matchmaker.matches();
    const asked = [matches.next(), matches.next(), matches.next()];
    for (const id of ["ann", "bob", "cid", "dee"]) await matchmaker.join("duel", solo(id));
    await clock.settle();
    const first = (await asked[0])!.value as Match;
    const second = (await asked[1])!.value as Match;
    expect(first.id).not.toBe(second.id);
    const closed = matchmaker.close();
    await clock.advance(10_000);
    await closed;
    expect(await asked[2]).toEqual({ value: undefined, done: true });
  });

  it.each([
    { buffer: Number.NaN },
    { buffer: -1 },
    { buffer: "many" as unknown as number },
    { group: "" },
    { group: 5 as unknown as string },
    { bufer: 3 },
  ])("refuses %j", async (options) => {
    const { matchmaker } = await world({ queues });
    expect(() => matchmaker.matches(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("refuses a signal that cannot be listened to", async () => {
    const { matchmaker } = await world({ queues });
    const signal = { throwIfAborted: () => {} } as unknown as AbortSignal;
    expect(() => matchmaker.matches({ signal })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
    expect(() => matchmaker.on(Symbol("match") as never, () => {})).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });
});
