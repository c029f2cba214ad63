import { onAbort } from "../abort.js";
import { Channel } from "../cluster/channel.js";
import { EvenmatchError } from "../errors.js";
import type { Match } from "../match/match.js";
import { check, wholeAtLeast } from "../options.js";
import { closedError } from "../ticket/request.js";
import type { EventBus, Subscription } from "./bus.js";
import type { BusEvent } from "./event.js";

/** What to listen to with `matches()`. */
export interface ListenOptions {
  /** Matches of this queue alone. */
  readonly queue?: string | undefined;
  /**
   * Shared with every process that names the same group and the same queue: each match goes to one of them, at least
   * once. On the bus the group is called `group.queue` where there is a queue, so that nobody is done with what another
   * queue's loops have to get. Buses take names of up to 200 characters, queue and all.
   */
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
  const isName = group === undefined || (typeof group === "string" && group !== "");
  check(isName, "group", "a text that is not empty", group);
  wholeAtLeast(1, "buffer", buffer);
  let subscription: Promise<Subscription> | undefined;
  let progressed: (() => void) | undefined;
  let forget = (): void => {};
  let isClosed = false;
  /** Matches handed over and not done with: one is done with when the next is asked for. */
  let open = 0;
  let isTaken = false;
  const close = (): void => {
    isClosed = true;
    forget();
    progressed?.();
    subscription?.then((one) => one.close()).catch(() => {});
  };
  const channel = new Channel<Match>(close);
  const matchesOf = (events: readonly BusEvent[]): Match[] =>
    events.flatMap((event) => {
      if (event.type !== "match.settled") return [];
      const { match } = event.data;
      return queue === undefined || match.queue === queue ? [match] : [];
    });
  const handle = async (events: readonly BusEvent[]): Promise<void> => {
    const matches = matchesOf(events);
    open = matches.length;
    for (const match of matches) channel.push(match);
    if (group === undefined) {
      if (channel.length <= buffer) return;
      channel.fail(tooSlow(buffer));
      close();
      return;
    }
    // In a group nothing is acknowledged before all of it is done with, so that it goes to another member otherwise.
    while (open > 0 && !isClosed) await new Promise<void>((resolve) => (progressed = resolve));
    if (open > 0) throw closedError();
  };
  if (!signal?.aborted) {
    const name = group === undefined || queue === undefined ? group : `${group}.${queue}`;
    subscription = bus.subscribe(handle, { group: name });
    subscription.catch((cause: unknown) => channel.fail(cause));
  }
  forget = onAbort(signal, () => void channel.return());
  return {
    async next() {
      if (isTaken) {
        open--;
        progressed?.();
      }
      const result = await channel.next();
      isTaken = !result.done;
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
    remedy: "Do the work outside the loop, raise `buffer`, or name a `group`: the bus then waits.",
  });
}
