import { EvenmatchError, Fifo, type BusEvent, type EventType } from "@evenmatch/core";
import { decodeEvent, encodeEvent } from "@evenmatch/core/adapter";
import { describe, expect, it } from "vitest";
import { solo, world } from "./world.js";

const TYPES: readonly EventType[] = [
  "ticket.joined",
  "ticket.left",
  "ticket.expired",
  "ticket.released",
  "match.claimed",
  "match.answered",
  "match.settled",
  "match.delivered",
  "pool.gained",
  "pool.lost",
  "pass",
  "error",
];

describe("events as text", () => {
  it("come back as they were, of every type there is", async () => {
    const queues = { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 100 }, ticketTtlMs: 500 } };
    const { matchmaker, clock } = await world({ queues });
    const events: BusEvent[] = [];
    for (const type of TYPES) matchmaker.on(type, (event) => events.push(event));
    matchmaker.on("readyCheck", async ({ id, teams: [first] }) =>
      matchmaker.accept(id, first?.[0]?.players[0]?.id as string),
    );
    matchmaker.on("match", () => {
      throw new Error("oops");
    });
    await matchmaker.join("ready", {
      players: [{ id: 'a"\u0001🎲', rating: -0.5, attributes: { tags: ["x"], fence: "1" } }],
    });
    await matchmaker.join("ready", solo("bob"));
    await clock.advance(200);
    void matchmaker.join("ready", solo("cid"));
    matchmaker.on("readyCheck", ({ id }) => void matchmaker.accept(id, "cid"));
    await clock.advance(200);
    await matchmaker.join("ready", solo("dan"));
    await clock.advance(1_000);
    const leaver = await matchmaker.join("ready", solo("eve"));
    await matchmaker.leave(leaver.id);
    await clock.settle();
    await matchmaker.close();
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(TYPES));
    for (const event of events) {
      const decoded = decodeEvent(encodeEvent(event));
      if (event.type !== "error") expect(decoded).toEqual(event);
      else
        expect((decoded as typeof event).data.error).toMatchObject({
          code: event.data.error.code,
          message: event.data.error.message,
        });
    }
    const lease = events.find(({ type }) => type === "pool.gained");
    expect(typeof (lease as { data: { fence: unknown } }).data.fence).toBe("bigint");
  });

  it.each(["", "{", "[]", "null", '{"v":2,"type":"x","data":{}}', '{"v":1,"data":{}}', '{"v":1,"type":"x"}'])(
    "refuses %j",
    (text) => {
      expect(() => decodeEvent(text)).toThrow(EvenmatchError);
    },
  );
});
