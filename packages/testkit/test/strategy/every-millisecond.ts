import type { Limits, Millis, Proposal, Strategy, Ticket } from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import { BUILT_AT, type TimedChange } from "@evenmatch/testkit";
import { expect } from "vitest";

/** A strategy, and the rule in plain words that is held beside it. */
export interface Sides {
  readonly strategy: Strategy;
  readonly limits: Limits | undefined;
  readonly waveMs?: Millis;
  /** A ticket waits from now on. */
  readonly join: (ticket: Ticket) => void;
  /** A ticket that left, or whose time was over, waits no more. */
  readonly end: (ticketId: string) => void;
  readonly onPass: (proposals: readonly Proposal[], at: Millis) => void;
  /** The driver has done all that it does by now; asked again after each change of this millisecond. */
  readonly compare: (now: Millis, isAfterChange: boolean) => void;
  /** How long to go on after the last change. */
  readonly restMs: Millis;
}

/** Drives a pool through changes, millisecond by millisecond, so that nothing is due in between. */
export function everyMillisecond(all: readonly TimedChange[], sides: Sides): void {
  const { strategy, limits, waveMs = Infinity, join, end, onPass, compare, restMs } = sides;
  const driver = new Driver({
    strategy,
    limits,
    waveMs,
    stopwatch: () => 0,
    onPass: ({ at, proposals }) => onPass(proposals, at),
    onExpire: ({ id }) => end(id),
    onError: (error) => expect.unreachable(error.message),
  });
  driver.gain([], BUILT_AT);
  let next = 0;
  const last = (all.at(-1)?.at ?? BUILT_AT) + restMs;
  for (let now = BUILT_AT; now <= last; now++) {
    driver.advance(now);
    compare(now, false);
    for (let change = all[next]; change && change.at === now; change = all[++next]) {
      if (change.type === "joined") {
        join(change.ticket);
        driver.joined(change.ticket, now);
      } else if (change.type === "left") {
        end(change.ticketId);
        driver.left(change.ticketId, now);
      }
      compare(now, true);
    }
  }
}

/** The names of two, whatever their order. */
export function nameOf(one: Ticket, other: Ticket): string {
  return [one.id, other.id].sort().join(" and ");
}
