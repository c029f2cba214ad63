import { EvenmatchError } from "@evenmatch/core";
import {
  decodeEvent,
  encodeEvent,
  missedEvents,
  refusedEvent,
  Reports,
  unknownEvent,
} from "@evenmatch/core/adapter";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

const outage = (): EvenmatchError =>
  new EvenmatchError("STORE_UNAVAILABLE", { rule: "the server answers", remedy: "See it.", retryable: true });

function reports(onError?: (error: EvenmatchError) => void): {
  clock: ManualClock;
  reports: Reports;
  warned: Error[];
} {
  const clock = new ManualClock();
  const warned: Error[] = [];
  return { clock, reports: new Reports({ onError, warn: (error) => warned.push(error), clock }), warned };
}

describe("reports", () => {
  it("go to who asked for them, and to nobody else", () => {
    const told: EvenmatchError[] = [];
    const { reports: to, warned } = reports((error) => told.push(error));
    const error = outage();
    to.tell(error);
    expect(told).toEqual([error]);
    expect(warned).toEqual([]);
  });

  it("are warnings where nobody asked", () => {
    const { reports: to, warned } = reports();
    const error = outage();
    to.tell(error);
    expect(warned).toEqual([error]);
  });

  it.each([
    ["an error", new Error("oops"), "oops"],
    ["something else", "oops", "oops"],
  ])("are not lost where `onError` throws %s", (_, thrown, said) => {
    const { reports: to, warned } = reports(() => {
      throw thrown as Error;
    });
    to.tell(outage());
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatchObject({ code: "LISTENER_FAILED", cause: thrown });
    expect(warned[0]?.message).toContain(said);
  });

  it("tell of an outage when it begins, whatever else fails or works meanwhile, and of the next one again", () => {
    const told: string[] = [];
    const { reports: to } = reports(({ code, message }) => told.push(`${code} ${message}`));
    to.failed("reading", new Error("down"));
    to.failed("reading", new Error("still down"));
    to.works("cleaning");
    to.failed("reading", new Error("still down"));
    expect(told).toEqual([expect.stringMatching(/^STORE_UNAVAILABLE .*received "down"/)]);
    to.failed("cleaning", outage());
    expect(told).toHaveLength(2);
    to.works("reading");
    to.failed("reading", new Error("down again"));
    expect(told).toHaveLength(3);
    expect(told[2]).toContain("down again");
  });

  it("that come often are told once a minute, each kind for itself", async () => {
    const told: unknown[] = [];
    const { reports: to, clock } = reports(({ received }) => told.push(received));
    const say = (kind: string, what: string): void =>
      to.seldom(
        kind,
        () => new EvenmatchError("INVALID_REQUEST", { rule: "r", received: what, remedy: "m" }),
      );
    say("a", "a1");
    say("a", "a2");
    say("b", "b1");
    await clock.advance(59_999);
    say("a", "a3");
    await clock.advance(1);
    say("a", "a4");
    expect(told).toEqual(["a1", "b1", "a4"]);
  });

  it("are events of the time at which they are made, which every bus can carry", async () => {
    const { reports: to, clock } = reports();
    await clock.advance(1_234);
    const error = missedEvents("this process", "events are read while they are there");
    const event = to.asEvent(error);
    expect(event).toMatchObject({ v: 1, type: "error", at: clock.now(), data: { error } });
    expect(decodeEvent(encodeEvent(event))).toMatchObject({
      type: "error",
      data: { error: { code: error.code, message: error.message } },
    });
  });
});

describe("what a bus reports", () => {
  it("names who missed events, and for how long they are there", () => {
    const { code, message, retryable } = missedEvents("group g", "events are kept for a day");
    expect({ code, retryable }).toEqual({ code: "LISTENER_TOO_SLOW", retryable: false });
    expect(message).toMatch(/^events are kept for a day; received "group g"\. /);
  });

  it("names who refused an event, at which place, why, and where it is now", () => {
    const reason = new Error("no such player");
    const error = refusedEvent({ who: "group g", place: { position: 7 }, reason, aside: "`aside`" });
    expect(error).toMatchObject({ code: "LISTENER_FAILED", retryable: false, cause: reason });
    expect(error.received).toEqual({ position: 7, reason: "Error: no such player" });
    expect(error.message).toMatch(/^group g is done with an event within 10 tries/);
    expect(error.remedy).toContain("What a group refused stands in `aside`.");
  });

  it("shows text that it does not know", () => {
    const error = unknownEvent({ id: "1-0" }, "{}");
    expect(error).toMatchObject({ code: "INVALID_REQUEST", received: { id: "1-0", text: "{}" } });
  });
});
