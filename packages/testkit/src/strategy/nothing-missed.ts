import { MemoryPool, ticketsOf, type Millis, type Player, type Proposal } from "@evenmatch/core";
import { Driver, endsAt } from "@evenmatch/core/adapter";
import fc from "fast-check";
import type { TimedChange } from "../arbitrary/changes.js";
import { forAll } from "./for-all.js";
import { canonical, soundly } from "./proposals.js";
import type { StrategySubject } from "./subject.js";
import { UnderWay } from "./under-way.js";

/** A pool's life: filled at its first instant, then changed, watched until the end. */
interface Timeline<P extends Player> {
  readonly start: Millis;
  readonly end: Millis;
  readonly initial: readonly Extract<TimedChange<P>, { type: "joined" }>[];
  readonly changes: readonly TimedChange<P>[];
  readonly waveMs: Millis;
  /** How late the timers of the driver fire, in turn. */
  readonly lateness: readonly Millis[];
}

/**
 * Runs the core's driver, whose timers fire late or not at all before the next change, and compares what it finds,
 * and when, with asking at each whole millisecond and after each change. A strategy whose `nextChange` is late in
 * any state of the pool misses something here. Half of the runs have waves.
 */
export function nothingIsMissed<P extends Player>(subject: StrategySubject<P>): void {
  const timelines = fc
    .record({
      changes: subject.changes,
      filled: fc.nat(8),
      tailMs: fc.nat(300),
      waveMs: fc.oneof(fc.constant(Infinity), fc.constantFrom(1, 7, 50)),
      lateness: fc.array(fc.constantFrom(0, 1, 5, 100, Infinity), { minLength: 1, maxLength: 6 }),
    })
    .map(({ changes, filled, tailMs, waveMs, lateness }): Timeline<P> => {
      const before = changes.slice(0, filled);
      const start = (before.at(-1) ?? changes[0])?.at ?? 0;
      return {
        start,
        end: (changes.at(-1)?.at ?? start) + tailMs,
        initial: before.filter((change) => change.type === "joined"),
        changes: changes.slice(filled),
        waveMs,
        lateness,
      };
    });
  forAll(subject, timelines, (timeline) => {
    const driven = drive(subject, timeline);
    const expected = askAtEachMillisecond(subject, timeline);
    for (let index = 0; index < Math.max(driven.length, expected.length); index++) {
      if (driven[index] === expected[index]) continue;
      throw new Error(
        `asked at each millisecond, the strategy finds ${expected[index] ?? "nothing more"}; ` +
          `asked after changes and when nextChange says, it finds ${driven[index] ?? "nothing more"}`,
      );
    }
  });
}

/** What was found, in order, as text. */
class Findings<P extends Player> {
  readonly lines: string[] = [];
  readonly underWay = new UnderWay<P>();

  constructor(private readonly start: Millis) {}

  add(at: Millis, proposals: readonly Proposal<P>[]): void {
    for (const proposal of canonical(proposals)) this.lines.push(`${proposal} after ${at - this.start} ms`);
    this.underWay.add(proposals);
  }
}

function drive<P extends Player>(subject: StrategySubject<P>, timeline: Timeline<P>): readonly string[] {
  const { start, end, initial, changes, waveMs, lateness } = timeline;
  const findings = new Findings<P>(start);
  const errors: Error[] = [];
  const driver = new Driver<P>({
    strategy: soundly(subject.create()),
    limits: subject.limits,
    waveMs,
    stopwatch: () => 0,
    onPass: ({ at, proposals }) => findings.add(at, proposals),
    onExpire: () => {},
    onError: (error) => errors.push(error),
  });
  let timers = 0;
  const wakeUntil = (limit: Millis): void => {
    while (driver.due <= limit) {
      const late = lateness[timers++ % lateness.length] as Millis;
      if (driver.due + late > limit) return;
      driver.advance(driver.due + late);
    }
  };
  driver.gain(
    initial.map(({ ticket }) => ({ ticket, seenAt: ticket.joinedAt })),
    start,
  );
  for (const change of changes) {
    wakeUntil(change.at);
    if (change.type === "joined") driver.joined(change.ticket, change.at);
    else if (change.type === "left") driver.left(change.ticketId, change.at);
    else if (change.type === "passed") driver.advance(change.at);
    else {
      // What is due before the refusal happens before it, and may be what is refused.
      driver.advance(change.at);
      const returned = findings.underWay.refuse(change);
      if (returned.length > 0) driver.gaveBack(returned, change.at);
    }
  }
  wakeUntil(end);
  driver.advance(end);
  if (errors[0]) throw errors[0];
  return findings.lines;
}

function askAtEachMillisecond<P extends Player>(
  subject: StrategySubject<P>,
  timeline: Timeline<P>,
): readonly string[] {
  const { start, end, initial, changes, waveMs } = timeline;
  const hasWaves = waveMs < Infinity;
  const strategy = soundly(subject.create());
  const findings = new Findings<P>(start);
  const pool = new MemoryPool<P>(
    initial.map(({ ticket }) => ticket),
    { limits: subject.limits },
  );
  // What was overdue before anybody ran the pool is not matched any more; it did arrive.
  for (const { ticket } of initial) if (endsAt(ticket) < start) pool.remove(ticket.id);

  const ask = (now: Millis): void => {
    const proposals = strategy.propose(pool, now);
    pool.clean();
    for (const ticket of proposals.flatMap(ticketsOf)) pool.remove(ticket.id);
    findings.add(now, proposals);
  };
  const expire = (now: Millis): void => {
    const due = [...pool].filter((ticket) => endsAt(ticket) <= now);
    for (const { id } of due) pool.remove(id);
    if (due.length > 0 && !hasWaves) ask(now);
  };
  const apply = (change: TimedChange<P>): void => {
    if (change.type === "joined") pool.add(change.ticket);
    else if (change.type === "left") pool.remove(change.ticketId);
    else if (change.type === "refused") {
      const returned = findings.underWay.refuse(change);
      for (const ticket of returned) pool.giveBack(ticket);
      // Nor is what became overdue while it was away.
      for (const ticket of returned) if (endsAt(ticket) < change.at) pool.remove(ticket.id);
    }
  };

  if (!hasWaves) ask(start);
  let next = 0;
  for (let now = start; now <= end; now++) {
    if (now > start && (!hasWaves || now % waveMs === 0)) ask(now);
    expire(now);
    for (let change = changes[next]; change && change.at === now; change = changes[++next]) {
      apply(change);
      if (!hasWaves) ask(now);
      expire(now);
    }
  }
  return findings.lines;
}
