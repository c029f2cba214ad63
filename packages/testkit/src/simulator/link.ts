import {
  EvenmatchError,
  type Answer,
  type CallOptions,
  type Clock,
  type Decision,
  type DecisionOutcome,
  type Lease,
  type Match,
  type MatchStatus,
  type MatchStore,
  type Millis,
  type OwnerEvent,
  type PoolKey,
  type Query,
  type Question,
  type Request,
  type RequestOutcome,
  type TicketStatus,
  type TicketStore,
  type TimedOptions,
} from "@evenmatch/core";
import { Channel } from "@evenmatch/core/adapter";
import type { Rng } from "../random/seeded.js";
import type { CallFault, FaultOptions } from "./faults.js";
import type { Network } from "./network.js";
import type { Step } from "./step.js";
import type { StoreConnection } from "./store.js";

/** Milliseconds that a call takes each way, at most. */
const SLOWEST = 8;

/** Milliseconds for which a call that is held up, or comes again, is under way, at most. */
const HELD_UP = 1_000;

/** A call that is under way. */
interface Flight {
  readonly steps: readonly Step[];
  /** Rejects the call, or for `undefined` makes sure that it never ends. */
  readonly end: (error?: Error) => void;
}

export interface LinkOptions {
  readonly process: string;
  readonly connection: StoreConnection;
  readonly network: Network;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly faults: FaultOptions;
  /** Kills the process that this link is of. */
  readonly kill: () => void;
}

/**
 * The wire between one process and the ports: a call takes time each way, and may fail, lose its answer, be held up
 * or arrive twice.
 *
 * | state | a call | the offer to run pools |
 * |---|---|---|
 * | connected | reaches the store, and answers | hears of its pools, a little late |
 * | cut | is refused as unavailable; of those under way some have arrived, and some arrive still | breaks off; its pools are free after the lease time |
 * | killed | never ends; of those under way some arrive still | hears nothing more; its pools are free after the lease time |
 */
export class Link implements Required<TicketStore> {
  readonly flights = new Set<Flight>();
  readonly #offers = new Set<{ readonly cut: (error?: Error) => void; readonly end: () => void }>();
  #isDead = false;
  #cutUntil = -Infinity;

  constructor(private readonly options: LinkOptions) {
    options.network.links.add(this);
  }

  get coalesces(): boolean {
    return this.#store.coalesces ?? false;
  }

  submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
    const { network } = this.options;
    network.note(requests);
    return this.call(
      requests.map(({ type }) => type),
      () => this.#store.submit(requests, options),
    );
  }

  decide(lease: Lease, decisions: readonly Decision[], options: TimedOptions): Promise<DecisionOutcome[]> {
    const { network } = this.options;
    network.note(decisions);
    return this.call(
      decisions.map(({ type }) => type),
      async () => {
        const outcomes = await this.#store.decide(lease, decisions, options);
        decisions.forEach((decision, index) => {
          if (decision.type === "settle" && outcomes[index]?.type === "settled")
            network.settled(decision.matchId);
        });
        return outcomes;
      },
    );
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const stop = new AbortController();
    const heard = new Channel<OwnerEvent>(() => offer.end());
    const offer = {
      cut: (error?: Error): void => {
        this.#offers.delete(offer);
        signal?.removeEventListener("abort", offer.end);
        if (error) heard.fail(error);
        this.options.network.afterLease(() => stop.abort());
      },
      end: (): void => {
        this.#offers.delete(offer);
        signal?.removeEventListener("abort", offer.end);
        stop.abort();
        heard.end();
      },
    };
    if (this.#isDead) return heard;
    if (this.#isCut) {
      heard.fail(unavailable("the connection is cut"));
      return heard;
    }
    this.#offers.add(offer);
    if (signal?.aborted) offer.end();
    else signal?.addEventListener("abort", offer.end, { once: true });
    void this.#hear(this.#store.own(queues, { signal: stop.signal }), heard);
    return heard;
  }

  read(queries: readonly Query[], options: CallOptions): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    return this.call(["read"], () => this.#store.read(queries, options));
  }

  ask(pool: PoolKey, question: Question, options: CallOptions): Promise<Answer> {
    return this.call(["read"], () => this.#store.ask(pool, question, options));
  }

  time(): Promise<Millis> {
    return this.call(["time"], () => this.#store.time());
  }

  /** A match store behind this wire. */
  matches(store: MatchStore): MatchStore {
    return {
      save: (matches: readonly Match[], options) => this.call(["save"], () => store.save(matches, options)),
      get: (matchId, options) => this.call(["read"], () => store.get(matchId, options)),
      list: (filter, options) => this.call(["read"], () => store.list(filter, options)),
      report: (matchId, result, options) => this.call(["save"], () => store.report(matchId, result, options)),
    };
  }

  /** Makes a call over this wire. */
  call<T>(steps: readonly Step[], run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isDead) return;
      if (this.#isCut) return reject(unavailable("the connection is cut"));
      const flight: Flight = {
        steps,
        end: (error) => {
          this.flights.delete(flight);
          if (error) reject(error);
        },
      };
      this.flights.add(flight);
      const land = (settle: () => void): void => {
        // What was cut or killed while it was under way has ended already.
        if (this.flights.delete(flight)) settle();
      };
      this.#fly(flight, run).then(
        (value) => land(() => resolve(value)),
        (error: unknown) => land(() => reject(asError(error))),
      );
    });
  }

  /** The process is dead: nothing ends any more, and its pools are free after the lease time. */
  kill(): void {
    this.#isDead = true;
    for (const { end } of [...this.flights]) end();
    for (const { cut } of [...this.#offers]) cut();
    this.options.connection.kill?.();
    this.options.network.afterLease(() => this.options.connection.endLeases?.());
    this.options.network.links.delete(this);
  }

  /** Cuts the connection for a while. */
  cut(forMs: Millis): void {
    this.#cutUntil = this.options.network.clock.now() + forMs;
    const error = unavailable("the connection was cut");
    for (const { end } of [...this.flights]) end(error);
    for (const { cut } of [...this.#offers]) cut(error);
  }

  get #store(): TicketStore {
    return this.options.connection.tickets;
  }

  get #isCut(): boolean {
    return this.options.network.clock.now() < this.#cutUntil;
  }

  async #fly<T>(flight: Flight, run: () => Promise<T>): Promise<T> {
    const { rng, faults, network, process } = this.options;
    const isHeldUp = this.#meets("delays", flight);
    const fault = network.strike(process, flight.steps);
    if (fault?.phase === "before") this.#strike(fault.kind);
    // A request that is on the wire may arrive though its sender is gone; but not after what the sender asks next.
    const arrives = rng.chance(0.5) && !isHeldUp;
    await network.pause(rng.int(1, isHeldUp ? HELD_UP : SLOWEST));
    if (!this.flights.has(flight) && !arrives) return never();
    if (this.#meets("fails", flight)) throw unavailable("the call never arrived");
    const outcome = await run();
    if (rng.chance(faults.repeats ?? 0) && !isRefusal(outcome)) this.#repeat(run);
    if (fault?.phase === "after") this.#strike(fault.kind);
    await network.pause(rng.int(1, SLOWEST));
    if (this.#meets("losesAnswer", flight)) throw unavailable("the answer was lost");
    return outcome;
  }

  /** Whether a call meets a fault by chance. It is counted while the call is under way: afterwards nobody notices. */
  #meets(kind: Exclude<CallFault, "repeats">, flight: Flight): boolean {
    const { rng, faults, network } = this.options;
    const isHit = rng.chance(faults[kind] ?? 0);
    if (isHit && this.flights.has(flight)) network.callFaults[kind]++;
    return isHit;
  }

  /** The same call arrives once more, when its answer has long been read. */
  #repeat(run: () => Promise<unknown>): void {
    const { network, rng } = this.options;
    const again = (): Promise<unknown> => {
      network.callFaults.repeats++;
      return run();
    };
    void network
      .pause(rng.int(1, HELD_UP))
      .then(again)
      .catch(() => {});
  }

  #strike(kind: "kill" | "cut"): void {
    if (this.#isDead) return;
    if (kind === "kill") this.options.kill();
    else this.cut(this.options.rng.int(100, 3_000));
  }

  async #hear(events: AsyncIterable<OwnerEvent>, heard: Channel<OwnerEvent>): Promise<void> {
    const { rng, network } = this.options;
    try {
      for await (const event of events) {
        if (rng.chance(0.2)) await network.pause(rng.int(1, SLOWEST));
        if (!this.#isDead) heard.push(event);
      }
      if (!this.#isDead) heard.end();
    } catch (error) {
      if (!this.#isDead) heard.fail(error);
    }
  }
}

/**
 * A join that was refused is not repeated: stores do not remember whom they refused, so a late repetition could make
 * a ticket that its caller was told does not exist.
 */
function isRefusal(outcomes: unknown): boolean {
  return (
    Array.isArray(outcomes) &&
    outcomes.some(
      (outcome: { type?: unknown } | undefined) => outcome?.type === "conflict" || outcome?.type === "full",
    )
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

function unavailable(what: string): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: "a store answers",
    received: what,
    remedy: "Send the same again.",
    retryable: true,
  });
}
