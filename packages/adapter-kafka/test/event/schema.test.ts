import { readFileSync } from "node:fs";
import {
  EvenmatchError,
  type BusEvent,
  type EventType,
  type LifeEvents,
  type Match,
  type Player,
  type Ticket,
} from "@evenmatch/core";
import { decodeEvent, encodeEvent } from "@evenmatch/core/adapter";
import { tickets } from "@evenmatch/testkit";
import { POOL } from "@evenmatch/services/vitest/adapter";
import Ajv from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Schema = Record<string, unknown>;

const text = readFileSync(new URL("../../src/event/events.schema.json", import.meta.url), "utf8");
const schema = JSON.parse(text) as Schema;
const valid = new Ajv().compile(schema);
/** What the schema says is wrong with a text. */
const flaws = (value: unknown): string[] =>
  valid(value) === true ? [] : (valid.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message}`);

/** The same schema, but that knows no other fields than those that it names. */
function strict(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(strict);
  if (typeof part !== "object" || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, strict(value)]));
  const isClosed = "required" in inner && "properties" in inner && "type" in inner;
  return isClosed ? { ...inner, additionalProperties: false } : inner;
}
const complete = new Ajv().compile(strict(schema) as Schema);

type Guest = Player & {
  readonly attributes: { readonly topics: string[]; readonly ms: Record<string, number> };
};
const guest = tickets<Guest>({
  attributes: { topics: fc.array(fc.string()), ms: fc.dictionary(fc.string(), fc.nat(99)) },
});
const limits = fc.record(
  { expiresAt: fc.nat(), heartbeatMs: fc.nat(), partition: fc.nat(9) },
  { requiredKeys: [] },
);
const ticket = fc.tuple(guest, limits, fc.option(fc.nat(300))).map(([one, more, deviation]): Ticket => ({
  ...one,
  ...more,
  players: one.players.map((player) => (deviation === null ? player : { ...player, deviation })),
}));
const some = fc.array(ticket, { minLength: 1, maxLength: 3 });
const teams = fc.array(some, { minLength: 1, maxLength: 3 });
const id = fc.string({ minLength: 1 });
const quality = fc.double({ min: 0, max: 1, noNaN: true });
const match: fc.Arbitrary<Match> = fc
  .record(
    {
      id,
      teams,
      quality,
      createdAt: fc.nat(),
      partition: fc.nat(9),
      playedIn: id,
      acceptBy: fc.nat(),
      assignment: fc.constant({ host: "h", ports: [1] }),
    },
    { requiredKeys: ["id", "teams", "quality", "createdAt"] },
  )
  .map((parts) => ({ ...POOL, ...parts }));
const reason = fc.constantFrom("declined" as const, "unanswered" as const, "allocation" as const);
const fence = fc.bigInt({ min: 0n, max: 2n ** 70n });
const error = fc
  .boolean()
  .map(
    (retryable) =>
      new EvenmatchError("STRATEGY_FAILED", { rule: "a rule", received: "x", remedy: "Mend it.", retryable }),
  );

/** The data of each type: one that is added has to be added here. */
const data: { readonly [Type in EventType]: fc.Arbitrary<LifeEvents[Type]> } = {
  "ticket.joined": fc.record({ ticket }),
  "ticket.left": fc.record({ ticket, reason: fc.oneof(fc.constant("left" as const), reason) }),
  "ticket.expired": fc.record({ ticket }),
  "ticket.released": fc.record({ ticket, matchId: id, reason }),
  "match.claimed": fc.record({ match }),
  "match.answered": fc.record({
    matchId: id,
    playerId: id,
    accepted: fc.boolean(),
    ticketIds: fc.array(id),
  }),
  "match.settled": fc.record({ match }),
  "match.delivered": fc.record({ matchId: id }),
  "pool.gained": fc.record({ waiting: fc.nat(), pending: fc.nat(), fence }),
  "pool.lost": fc.record({ fence }),
  pass: fc.record({
    cause: fc.constantFrom("change" as const, "due" as const, "wave" as const, "gained" as const),
    waiting: fc.nat(),
    dirty: some,
    proposals: fc.array(fc.record({ teams, quality })),
    won: fc.array(id),
    lost: fc.array(fc.record({ matchId: id, gone: fc.array(id) })),
    tookMs: quality,
    nextChange: fc.oneof(fc.nat(), fc.constant(Infinity)),
  }),
  error: fc.record({ error }),
};
const types = Object.keys(data) as EventType[];
const eventOf = (type: EventType): fc.Arbitrary<BusEvent> =>
  (data[type] as fc.Arbitrary<unknown>).map(
    (one) => ({ v: 1, type, at: 1, pool: POOL, seq: 2, data: one }) as BusEvent,
  );

describe("the schema of events", () => {
  it.each(types)("holds for every %s that the bus writes, and names all of its fields", (type) => {
    fc.assert(
      fc.property(eventOf(type), (event) => {
        const written: unknown = JSON.parse(encodeEvent(event));
        expect(flaws(written)).toEqual([]);
        expect([complete(written), complete.errors]).toEqual([true, null]);
      }),
      { numRuns: 30 },
    );
  });

  it("names the types that there are, and no others", () => {
    const { properties } = schema as { properties: { type: { enum: string[] } } };
    expect(properties.type.enum).toEqual(types);
  });

  it("refuses an event that lacks any part of it, or has one of another kind", () => {
    for (const type of types) {
      const [event] = fc.sample(eventOf(type), { numRuns: 1, seed: 1 });
      const whole = JSON.parse(encodeEvent(event!)) as Record<string, Record<string, unknown>>;
      for (const part of ["v", "type", "at", "seq", "data", ...(type === "error" ? [] : ["pool"])])
        expect(flaws({ ...whole, [part]: undefined }), `${type} without ${part}`).not.toEqual([]);
      for (const part of Object.keys(whole["data"]!)) {
        const without = Object.fromEntries(Object.entries(whole["data"]!).filter(([name]) => name !== part));
        expect(flaws({ ...whole, data: without }), `${type} without ${part}`).not.toEqual([]);
        const other = { ...whole["data"], [part]: { of: "another kind" } };
        expect(flaws({ ...whole, data: other }), `${type} with another ${part}`).not.toEqual([]);
      }
    }
  });

  it("refuses what no release of this version reads", () => {
    for (const foreign of ['{"v":2,"type":"match.delivered","data":{"matchId":"m"}}', '{"v":1}', "[]"]) {
      expect(() => decodeEvent(foreign)).toThrow();
      expect(flaws(JSON.parse(foreign))).not.toEqual([]);
    }
  });
});
