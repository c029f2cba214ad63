import { describe, expect, it } from "vitest";
import { ManualClock } from "@evenmatch/testkit";

const START = 1_700_000_000_000;

/** Resolves when the condition holds, looked at in each turn of the event loop; vitest's timeout is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => void setImmediate(resolve));
}

describe("ManualClock", () => {
  it("starts at a fixed instant and stands still", async () => {
    const clock = new ManualClock();
    await clock.settle();
    expect(clock.now()).toBe(START);
    expect(clock.stopwatch()).toBe(0);
    expect(new ManualClock({ start: 5 }).now()).toBe(5);
  });

  it("runs timers by instant and ties by setting, each at exactly its instant", async () => {
    const clock = new ManualClock({ start: 0 });
    const ran: [string, number][] = [];
    const set = (name: string, when: number): unknown => clock.at(when, () => ran.push([name, clock.now()]));
    set("late", 30);
    set("tie 1", 20);
    set("early", 10);
    set("tie 2", 20);
    set("later", 31);
    await clock.advance(30);
    expect(ran).toEqual([
      ["early", 10],
      ["tie 1", 20],
      ["tie 2", 20],
      ["late", 30],
    ]);
    expect(clock.now()).toBe(30);
    expect(clock.pending).toBe(1);
    expect(clock.next).toBe(31);
  });

  it("lets a timer and the promises that follow it set further timers that are due in their turn", async () => {
    const clock = new ManualClock({ start: 0 });
    const ran: number[] = [];
    const again = async (): Promise<void> => {
      ran.push(clock.now());
      for (let hop = 0; hop < 500; hop++) await Promise.resolve();
      clock.at(clock.now() + 10, () => void again());
    };
    clock.at(5, () => void again());
    clock.at(18, () => ran.push(clock.now()));
    await clock.advance(30);
    expect(ran).toEqual([5, 15, 18, 25]);
    expect(clock.next).toBe(35);
  });

  it("waits between timers for chains of setImmediate that use the clock", async () => {
    const clock = new ManualClock({ start: 0 });
    const seen: number[] = [];
    clock.at(1, () => {
      const step = (left: number): void => {
        seen.push(clock.now());
        if (left > 0) setImmediate(() => step(left - 1));
      };
      step(9);
    });
    clock.at(2, () => seen.push(clock.now()));
    await clock.advance(2);
    expect(seen).toEqual([...Array<number>(10).fill(1), 2]);
  });

  it("ends settling even when something reads the clock in every turn", async () => {
    const clock = new ManualClock();
    let goesOn = true;
    const spin = (): void => {
      clock.now();
      if (goesOn) setImmediate(spin);
    };
    spin();
    await clock.settle();
    goesOn = false;
  });

  it("runs a timer for now or earlier in the next turn, and never before at has returned", async () => {
    const clock = new ManualClock({ start: 100 });
    const ran: string[] = [];
    clock.at(100, () => ran.push("now"));
    clock.at(50, () => ran.push("past"));
    expect(ran).toEqual([]);
    await until(() => ran.length === 2);
    expect(ran).toEqual(["now", "past"]);
    expect(clock.now()).toBe(100);
    expect(clock.pending).toBe(0);
  });

  it("does not run what was cancelled", async () => {
    const clock = new ManualClock({ start: 0 });
    const ran: string[] = [];
    const cancelNow = clock.at(0, () => ran.push("now"));
    const cancelLater = clock.at(10, () => ran.push("later"));
    clock.at(5, cancelLater);
    cancelNow();
    cancelNow();
    await clock.advance(20);
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(clock.next).toBe(Infinity);
  });

  it("takes advances one after the other", async () => {
    const clock = new ManualClock({ start: 0 });
    const ran: number[] = [];
    clock.at(15, () => ran.push(clock.now()));
    await Promise.all([clock.advance(10), clock.advance(10), clock.advanceTo(5)]);
    expect(ran).toEqual([15]);
    expect(clock.now()).toBe(20);
  });

  it("rejects with what a timer threw, and goes on afterwards", async () => {
    const clock = new ManualClock({ start: 0 });
    clock.at(1, () => {
      throw new Error("broken");
    });
    await expect(clock.advance(5)).rejects.toThrow("broken");
    expect(clock.now()).toBe(1);
    await clock.advanceTo(5);
    expect(clock.now()).toBe(5);
  });

  it("never runs timers at Infinity, and refuses what is no instant", () => {
    const clock = new ManualClock();
    clock.at(Infinity, () => expect.unreachable());
    expect(clock.pending).toBe(0);
    expect(() => clock.at(Number.NaN, () => {})).toThrow(RangeError);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(0.5)).toThrow(RangeError);
    expect(() => clock.advanceTo(Infinity)).toThrow(RangeError);
    expect(() => new ManualClock({ start: 0.5 })).toThrow(RangeError);
  });
});

describe("a test that waits for time nobody advances", () => {
  it("is told so once, with both instants and what to call", async () => {
    const warnings: string[] = [];
    const clock = new ManualClock({ nagAfterMs: 5, warn: (warning) => warnings.push(warning) });
    clock.at(START + 250, () => {});
    clock.at(START + 300, () => {});
    await until(() => warnings.length > 0);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`waited for ${START + 250}`);
    expect(warnings[0]).toContain(`stands at ${START}`);
    expect(warnings[0]).toContain("await clock.advance(250)");
    expect(warnings[0]).toContain("2 timer(s) pending");
    clock.at(START + 400, () => {});
    await until(turns(50));
    expect(warnings).toHaveLength(1);
  });

  it("is told again when it waits again after an advance", async () => {
    const warnings: string[] = [];
    const clock = new ManualClock({ start: 0, nagAfterMs: 5, warn: (warning) => warnings.push(warning) });
    clock.at(10, () => {});
    clock.at(20, () => {});
    await until(() => warnings.length === 1);
    await clock.advance(15);
    await until(() => warnings.length === 2);
    expect(warnings[1]).toContain("waited for 20 ");
    expect(warnings[1]).toContain("stands at 15 ");
  });

  it("is not told while it advances, nor of timers that are gone", async () => {
    const warnings: string[] = [];
    const clock = new ManualClock({ start: 0, nagAfterMs: 5, warn: (warning) => warnings.push(warning) });
    let goesOn = true;
    const tick = (): void => {
      if (goesOn) clock.at(clock.now() + 1, tick);
    };
    tick();
    const started = process.hrtime.bigint();
    while (process.hrtime.bigint() - started < 30_000_000n) await clock.advance(1);
    goesOn = false;
    await clock.advance(1);
    const cancel = clock.at(1_000, () => {});
    cancel();
    const waiting = process.hrtime.bigint();
    await until(() => process.hrtime.bigint() - waiting > 15_000_000n);
    expect(warnings).toEqual([]);
  });
});

/** A condition that holds after so many turns of the event loop. */
function turns(count: number): () => boolean {
  return () => count-- <= 0;
}
