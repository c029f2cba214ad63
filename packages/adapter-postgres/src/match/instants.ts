import { EvenmatchError, type Millis } from "@evenmatch/core";

/** What Postgres can reckon with, in ms; whoever asks for earlier or later asks for everything, or for nothing. */
const FIRST = -210_866_803_200_000;
const LAST = 9_223_000_000_000_000;

/** SQL that makes an instant of a parameter in ms. Exact for every whole ms until the year 2255, and in order after. */
export function instant(milliseconds: string): string {
  return `(timestamptz 'epoch' + ${milliseconds} * interval '1 millisecond')`;
}

/** An instant to compare with, as a parameter. Throws `INVALID_REQUEST` for what is no number. */
export function bound(name: string, time: Millis): Millis {
  if (typeof time === "number" && !Number.isNaN(time))
    return Math.min(Math.max(Math.ceil(time), FIRST), LAST);
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: `\`${name}\` is an instant of match time in ms`,
    received: time,
    remedy: "Pass a number, or leave it out.",
  });
}
