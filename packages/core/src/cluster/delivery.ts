import { pause } from "../clock.js";
import type { EvenmatchError } from "../errors.js";
import type { BusEvent } from "../event/event.js";
import type { Match } from "../match/match.js";
import type { Ports } from "../ports.js";

/** How long to wait before a settled match is saved or announced again, in ms. */
const TRY_AGAIN = 1_000;

/**
 * After the point of no return: saves and announces a match, side by side, and calls `done` when both are done.
 * Each is repeated until it is done or the signal aborts, when somebody else has to do it.
 */
export function deliver(
  match: Match,
  event: BusEvent,
  ports: Ports,
  signal: AbortSignal,
  done: () => void,
): void {
  let left = 2;
  const one = (): void => {
    if (--left === 0) done();
  };
  const surely = (call: "save" | "publish", what: Match | BusEvent): void =>
    ports[call](what as never, one, (cause) => {
      if (signal.aborted) return;
      // What a port rejects with is one of ours by now.
      ports.failed(call === "save" ? "matches" : "events", cause as EvenmatchError);
      pause(ports.clock, TRY_AGAIN, signal).then(
        () => surely(call, what),
        () => {},
      );
    });
  surely("save", match);
  surely("publish", event);
}
