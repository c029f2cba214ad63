import type { Lease, OwnerEvent, TicketStore } from "@evenmatch/core";

/** Somebody who runs the pools of a queue, and decides nothing by itself. */
export interface Running extends AsyncDisposable {
  readonly heard: readonly OwnerEvent[];
  /** The newest lease of a region. */
  lease(region?: string): Lease | undefined;
  /** Resolves when the offer is over; rejects when it failed. */
  readonly over: Promise<void>;
  stop(): Promise<void>;
}

/** Offers to run the pools of a queue until it is stopped. */
export function running(store: TicketStore, queue = "duel"): Running {
  const heard: OwnerEvent[] = [];
  const stopping = new AbortController();
  const over = (async () => {
    for await (const event of store.own([queue], { signal: stopping.signal })) heard.push(event);
  })();
  over.catch(() => {});
  const stop = async (): Promise<void> => {
    stopping.abort();
    await over;
  };
  const lease = (region = "eu"): Lease | undefined =>
    heard.findLast((one) => one.type === "gained" && one.lease.pool.region === region)?.lease;
  return { heard, lease, over, stop, [Symbol.asyncDispose]: stop };
}
