import { onAbort } from "../abort.js";
import { Channel } from "../cluster/channel.js";
import { EvenmatchError } from "../errors.js";
import type { Match } from "../match/match.js";
import type { EventBus, Subscription } from "./bus.js";
import type { BusEvent } from "./event.js";

/** What to listen to with `matches()`. */
export interface ListenOptions {
  /** Matches of this queue alone. */
  readonly queue?: string | undefined;
  /** Shared with every process that names the same group: each match goes to one of them, at least once. */
  readonly group?: string | undefined;
  /** How many matches may wait to be taken; 1,000 when left out. With a group the bus waits, without one the loop ends. */
  readonly buffer?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const BUFFER = 1_000;

/** Settled matches from a bus, as an iterator. Ends with the signal, or with `LISTENER_TOO_SLOW`. */
export function listen(
  bus: EventBus,
  { queue, group, buffer = BUFFER, signal }: ListenOptions,
): AsyncIterableIterator<Match> {
  let subscription: Promise<Subscription> | undefined;
  let taken: (() => void) | undefined;
  let forget = (): void => {};
  const channel = new Channel<Match>(() => {
    forget();
    taken?.();
    subscription?.then((open) => open.close()).catch(() => {});
  });
  const matchesOf = (events: readonly BusEvent[]): Match[] =>
    events.flatMap((event) => {
      if (event.type !== "match.settled") return [];
      const { match } = event.data;
      return queue === undefined || match.queue === queue ? [match] : [];
    });
  const handle = async (events: readonly BusEvent[]): Promise<void> => {
    for (const match of matchesOf(events)) channel.push(match);
    // In a group the events are acknowledged when they were taken, so that what a dead process held goes to another.
    if (group !== undefined)
      while (channel.length > 0) await new Promise<void>((resolve) => (taken = resolve));
    else if (channel.length > buffer) channel.fail(tooSlow(buffer));
  };
  if (!signal?.aborted) {
    subscription = bus.subscribe(handle, { group });
    subscription.catch((cause: unknown) => channel.fail(cause));
  }
  forget = onAbort(signal, () => void channel.return());
  return {
    async next() {
      const result = await channel.next();
      if (channel.length === 0) taken?.();
      return result;
    },
    return: () => channel.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function tooSlow(buffer: number): EvenmatchError {
  return new EvenmatchError("LISTENER_TOO_SLOW", {
    rule: `at most ${buffer} matches wait for a loop over matches()`,
    remedy: "Do the work outside the loop, raise `buffer`, or name a `group`, with which the bus waits.",
  });
}
