import { OneVsOne, type Ticket } from "@evenmatch/core";
import { BUILT_AT, rng, ticket } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { Waits } from "../src/estimate/waits.js";
import { solo, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };

/** Tickets one after another; each is matched after a wait that grows with its rating, unless patience ends first. */
function live(
  waits: Waits,
  { count, patienceMs = Infinity, seed = 1 }: { count: number; patienceMs?: number; seed?: number },
): Ticket[] {
  const random = rng(seed);
  const ends: { at: number; ticket: Ticket; isMatched: boolean }[] = [];
  const tickets = Array.from({ length: count }, (_, index) => {
    const rating = 1_000 + 1_000 * random.float();
    const meanMs = rating < 1_500 ? 1_000 : 10_000;
    const waitedMs = Math.round(random.exponential(meanMs));
    const one = ticket({ rating, joinedAt: BUILT_AT + 100 * index });
    const patience = Math.round(patienceMs === Infinity ? Infinity : random.exponential(patienceMs));
    ends.push({
      at: one.joinedAt + Math.min(waitedMs, patience),
      ticket: one,
      isMatched: waitedMs <= patience,
    });
    return one;
  });
  ends.sort((one, other) => one.at - other.at);
  for (const one of tickets) {
    while (ends[0] && ends[0].at <= one.joinedAt) end(waits, ends.shift()!);
    waits.joined(one);
  }
  for (const each of ends) end(waits, each);
  return tickets;
}

function end(
  waits: Waits,
  { at, ticket, isMatched }: { at: number; ticket: Ticket; isMatched: boolean },
): void {
  if (isMatched) waits.matched(ticket, at);
  else waits.gone(ticket, at);
}

describe("an estimate", () => {
  const now = BUILT_AT + 400_000;

  it("is a fallback, and infinite, where nobody was matched", () => {
    const waits = new Waits();
    const nothing = { p50: Infinity, p90: Infinity, observed: 0, basis: "fallback" };
    expect(waits.estimate(1_500, BUILT_AT)).toEqual({ ...nothing, held: undefined });
    waits.gone(ticket({ joinedAt: BUILT_AT }), BUILT_AT + 5_000);
    expect(waits.estimate(1_500, BUILT_AT + 5_000)).toEqual({ ...nothing, held: undefined });
  });

  it("is observed from the 20th match on", () => {
    const waits = new Waits();
    for (let count = 1; count <= 20; count++) {
      waits.matched(ticket({ joinedAt: BUILT_AT }), BUILT_AT + count * 100);
      const basis = count < 20 ? "fallback" : "observed";
      expect(waits.estimate(1_500, BUILT_AT + 2_000)).toMatchObject({ observed: count, basis });
    }
    expect(waits.estimate(1_500, BUILT_AT + 2_000)).toMatchObject({ p50: 1_000, p90: 1_800 });
  });

  it("speaks of the ratings around the one asked for", () => {
    const waits = new Waits();
    live(waits, { count: 1_500 });
    const low = waits.estimate(1_200, now);
    const high = waits.estimate(1_800, now);
    expect(low.observed).toBeGreaterThan(200);
    // The quantiles of an exponential wait are its mean times ln 2 and ln 10.
    expect(low.p50 / 693).toBeCloseTo(1, 0);
    expect(low.p90 / 2_303).toBeCloseTo(1, 0);
    expect(high.p90 / 23_026).toBeCloseTo(1, 0);
  });

  it("counts those who gave up as having waited longer than that, not as fast", () => {
    const patient = new Waits();
    live(patient, { count: 1_500, patienceMs: 10_000 });
    const { p90, observed } = patient.estimate(1_800, now);
    expect(observed).toBeLessThan(200);
    // Those who were matched in time waited about half as long: their own p90 would be 11,500.
    expect(p90).toBeGreaterThan(16_000);
    expect(p90).toBeLessThan(33_000);
  });

  it("forgets what is older than an hour", () => {
    const waits = new Waits();
    for (let count = 0; count < 30; count++) waits.matched(ticket({ joinedAt: BUILT_AT }), BUILT_AT + 1_000);
    expect(waits.estimate(1_500, BUILT_AT + 3_600_999).observed).toBe(30);
    expect(waits.estimate(1_500, BUILT_AT + 3_601_000).observed).toBe(0);
  });

  it("tells how often its own p90 was enough", () => {
    for (const seed of [1, 2]) {
      const waits = new Waits();
      live(waits, { count: 1_500, seed });
      const { held } = waits.estimate(1_500, now);
      expect(held, `seed ${seed}`).toBeGreaterThan(0.85);
      expect(held, `seed ${seed}`).toBeLessThan(0.95);
    }
  });

  it("whose p90 is wrong says so: waits ten times as long as before", () => {
    const waits = new Waits();
    for (let count = 0; count < 300; count++) waits.matched(ticket({ joinedAt: BUILT_AT }), BUILT_AT + 100);
    const slow = Array.from({ length: 50 }, (_, index) =>
      ticket({ joinedAt: BUILT_AT + 1_000 + 50 * index }),
    );
    for (const one of slow) waits.joined(one);
    for (const one of slow) waits.matched(one, one.joinedAt + 1_000);
    expect(waits.estimate(1_500, BUILT_AT + 5_000).held).toBe(0);
  });
});

describe("estimate of a matchmaker", () => {
  it("comes from the pool's owner, for its region alone", async () => {
    const { matchmaker, clock } = await world({ queues });
    for (let count = 0; count < 20; count++) {
      const first = matchmaker.find("classic", solo(`a${count}`, 1_500, "eu"));
      await clock.advance(1_000);
      await Promise.all([first, matchmaker.find("classic", solo(`b${count}`, 1_500, "eu"))]);
    }
    const { p50, p90, observed, basis } = await matchmaker.estimate("classic", {
      region: "eu",
      rating: 1_500,
    });
    expect({ p50, p90, observed, basis }).toEqual({ p50: 0, p90: 1_000, observed: 40, basis: "observed" });
    await matchmaker.join("classic", solo("cid", 1_500, "us"));
    const elsewhere = await matchmaker.estimate("classic", { region: "us", rating: 1_500 });
    expect(elsewhere).toMatchObject({ p90: Infinity, basis: "fallback" });
  });

  it("refuses a rating or a region that cannot be meant", async () => {
    const { matchmaker } = await world({ queues });
    await expect(matchmaker.estimate("classic", { rating: Number.NaN })).rejects.toMatchObject({
      code: "INVALID_RATING",
    });
    await expect(matchmaker.estimate("classic", { region: "e u", rating: 1 })).rejects.toMatchObject({
      code: "INVALID_REGION",
    });
    await expect(matchmaker.estimate("classic", { region: "eu", rating: 1 })).rejects.toMatchObject({
      code: "NO_OWNER",
    });
  });
});
