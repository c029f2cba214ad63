import { ticket } from "@evenmatch/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryPool, type Millis, type Ticket } from "../src/index.js";
import { Agenda, Agendas } from "../src/strategy/agenda.js";

/** An agenda over a pool, and when each ticket asks to be looked at. */
function watched() {
  const pool = new MemoryPool();
  const agenda = new Agenda(pool);
  const wishes = new Map<string, readonly Millis[]>();
  return {
    pool,
    agenda,
    join: (id: string, ...at: Millis[]): Ticket => {
      const joined = ticket({ id, joinedAt: 0 });
      wishes.set(id, at);
      pool.add(joined);
      return joined;
    },
    due: (now: Millis): string[] => [...agenda.due(now)].map(({ id }) => id).sort(),
    /** A whole pass: it looks at who is due, what was dirty is forgotten, and each asks for its next instant. */
    next: (now: Millis): Millis => {
      agenda.due(now);
      pool.clean();
      return agenda.next(now, ({ id }) => wishes.get(id)?.find((at) => at > now) ?? Infinity);
    },
  };
}

describe("an agenda", () => {
  it("has everybody who waits when it is made, and whoever joins", () => {
    const { pool, agenda } = watched();
    const [one, other] = [ticket(), ticket()];
    agenda.next(0, () => Infinity);
    pool.add(one);
    pool.clean();
    const second = new Agenda(pool);
    expect([...second.due(0)]).toEqual([one]);
    expect([...agenda.due(0)]).toEqual([]);
    pool.add(other);
    expect(new Set(second.due(0))).toEqual(new Set([one, other]));
  });

  it("has nobody after a pass until the instant somebody asked for", () => {
    const { join, due, next } = watched();
    join("a", 10, 30);
    join("b", 20);
    expect(due(0)).toEqual(["a", "b"]);
    expect(next(0)).toBe(10);
    expect(due(9)).toEqual([]);
    expect(due(10)).toEqual(["a"]);
    expect(next(10)).toBe(20);
    expect(due(25)).toEqual(["b"]);
    expect(next(25)).toBe(30);
    expect(due(30)).toEqual(["a"]);
    expect(next(30)).toBe(Infinity);
  });

  it("says the same until the pass is over", () => {
    const { join, due, next } = watched();
    join("a", 10);
    expect(next(0)).toBe(10);
    expect([due(10), due(10), due(11)]).toEqual([["a"], ["a"], ["a"]]);
    next(11);
    expect(due(12)).toEqual([]);
  });

  it("forgets whoever left, at once", () => {
    const { pool, join, due, next } = watched();
    join("a", 10);
    join("b", 20);
    expect(next(0)).toBe(10);
    pool.remove("a");
    expect(next(1)).toBe(20);
    pool.remove("b");
    expect(due(20)).toEqual([]);
    expect(next(20)).toBe(Infinity);
  });

  it("looks again at a ticket that came back, although it asked for the same instant before", () => {
    const { pool, join, due, next } = watched();
    const a = join("a", 10);
    next(0);
    pool.remove("a");
    expect(next(1)).toBe(Infinity);
    pool.giveBack(a);
    expect(due(2)).toEqual(["a"]);
    expect(next(2)).toBe(10);
    expect(due(10)).toEqual(["a"]);
  });

  it("keeps whoever is due where asking for the next instant failed", () => {
    const { pool, agenda, join } = watched();
    join("a", 10);
    agenda.due(0);
    pool.clean();
    const failing = (): unknown =>
      agenda.next(0, () => {
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    expect([...agenda.due(0)]).toHaveLength(1);
  });

  it("is early or right, and never late, whatever happens", () => {
    const step = fc.record({
      kind: fc.constantFrom("join", "join", "leave", "wait", "wait"),
      nth: fc.nat(20),
      by: fc.integer({ min: 1, max: 12 }),
      wishes: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { pool, join, due, next } = watched();
        const wishes = new Map<string, Millis[]>();
        let now = 0;
        let asked = next(0);
        for (const [index, { kind, nth, by, wishes: wished }] of steps.entries()) {
          const waiting = [...pool].map(({ id }) => id);
          if (kind === "join") {
            const own = wished.map((after) => now + after).sort((one, other) => one - other);
            wishes.set(`t${index}`, own);
            join(`t${index}`, ...own);
          } else if (kind === "leave") {
            pool.remove(waiting[nth % waiting.length] ?? "");
          } else {
            // Each instant that somebody asked for is announced in time, and has them due.
            for (const until = now + by; now < until;) {
              now++;
              const wanted = waiting.filter((id) => wishes.get(id)?.includes(now));
              if (wanted.length > 0) expect(asked).toBeLessThanOrEqual(now);
              if (asked > now) continue;
              expect(due(now)).toEqual(expect.arrayContaining(wanted));
              asked = next(now);
            }
            continue;
          }
          asked = next(now);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("does not grow with those who left", () => {
    const { pool, agenda, join, next } = watched();
    for (let index = 0; index < 10_000; index++) {
      join(`t${index}`, ...(index % 2 === 0 ? [1_000_000 + index] : []));
      next(index);
      pool.remove(`t${index}`);
    }
    next(10_000);
    expect(agenda.size).toBeLessThan(200);
  });
});

it("keeps an agenda for each pool", () => {
  const agendas = new Agendas();
  const [one, other] = [new MemoryPool(), new MemoryPool()];
  expect(agendas.of(one)).toBe(agendas.of(one));
  expect(agendas.of(other)).not.toBe(agendas.of(one));
});
