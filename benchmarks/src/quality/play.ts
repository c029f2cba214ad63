import { WAITING, type Outcome } from "./outcome.js";
import type { Rule } from "./rule.js";
import { sizeOf, type Trace } from "./trace.js";

/**
 * Plays a trace with a rule, as the engine would, with claims that always succeed:
 *
 * 1. Before each arrival the rule is woken at every instant it asked for until then, that of the arrival included.
 * 2. Somebody arrives.
 * 3. With the last arrival the trace ends: whoever is left is paired at that instant, neighbours in rating.
 *
 * Throws where a rule matches somebody who does not wait, or wants to be woken in the past.
 */
export function play(rule: Rule, trace: Trace): Outcome {
  const size = sizeOf(trace);
  const mates = new Int32Array(size).fill(WAITING);
  const matchedAt = new Float64Array(size);
  let arrived = 0;
  let time = 0;
  const pair = (one: number, other: number, now: number): void => {
    for (const who of [one, other]) {
      if (!(who >= 0 && who < arrived && mates[who] === WAITING))
        throw new Error(`${rule.name} matched ${who}, who does not wait, at ${now} ms`);
    }
    if (one === other || now !== time)
      throw new Error(`${rule.name} matched ${one} with ${other} at ${now} ms`);
    mates[one] = other;
    mates[other] = one;
    matchedAt[one] = matchedAt[other] = now;
  };
  const playing = rule.start({ trace, pair });
  for (let who = 0; who < size; who++) {
    const now = trace.at[who]!;
    for (let due = playing.due; due <= now; due = playing.due) {
      if (due < time) throw new Error(`${rule.name} wanted to be woken at ${due} ms when it was ${time} ms`);
      time = due;
      playing.wakes(due);
    }
    time = now;
    arrived++;
    playing.arrives(who, now);
  }
  const left = mates.reduce<number[]>((all, mate, who) => (mate === WAITING ? [...all, who] : all), []);
  left.sort((one, other) => trace.ratings[one]! - trace.ratings[other]! || one - other);
  for (let place = 0; place + 1 < left.length; place += 2) pair(left[place]!, left[place + 1]!, time);
  return { mates, matchedAt, leftOver: left.length };
}
