import { unlessAborted } from "./abort.js";
import { asPortError, Batcher } from "./cluster/batcher.js";
import { systemClock, type Clock, type Millis } from "./clock.js";
import type { EvenmatchError } from "./errors.js";
import type { BusHandler, EventBus, Subscription } from "./event/bus.js";
import type { BusEvent } from "./event/event.js";
import { MemoryEventBus } from "./event/memory-bus.js";
import type { MatchmakerOptions } from "./given.js";
import type { Outcomes, Request, RequestOutcome } from "./life.js";
import type { Match } from "./match/match.js";
import type { MatchStore } from "./match/store.js";
import type { Queues } from "./queue.js";
import { MemoryTicketStore } from "./ticket/memory-store.js";
import type { Answer, MatchStatus, Query, Question, TicketStatus, TicketStore } from "./ticket/store.js";
import type { PoolKey } from "./ticket/ticket.js";

/** How long a call is repeated while its store fails, in ms, before the caller is told. */
const PATIENCE = 10_000;

export type PortOptions = Pick<MatchmakerOptions<Queues>, Port | "clock">;

/** The ports, by the name of their option. */
export type Port = "tickets" | "matches" | "events";

/** What a lookup finds. */
export type Found<Q extends Query = Query> =
  (Q extends { type: "match" } ? MatchStatus : TicketStatus) | undefined;

/**
 * The ports of one matchmaker: calls go out together, failures are repeated, and how the ports are is known. Match
 * time is the clock that was given, or the local one set to the store's when connecting.
 */
export class Ports {
  readonly clock: Clock;
  readonly tickets: TicketStore;
  /** True when the bus loses nothing, so that the store has to be asked only once in a while. */
  readonly isSure: boolean;
  readonly #matches: MatchStore | undefined;
  readonly bus: EventBus;
  readonly #requests: Batcher<Request, RequestOutcome>;
  readonly #reads: Batcher<Query, Found>;
  readonly #saves: Batcher<Match, Match>;
  readonly #announcements: Batcher<BusEvent, BusEvent>;
  readonly #closed = new AbortController();
  /** Aborts at the end of `close`. */
  readonly closed = this.#closed.signal;
  isConnected = false;
  isListening = false;
  /** The last failure of each port, while it lasts; what only owners call may fail alone. */
  readonly #problems = new Map<Port | "decide" | "own", string>();
  #connection: Promise<void> | undefined;
  #subscription: Promise<Subscription> | undefined;
  #offset: Millis = 0;

  readonly #onEvent: (event: BusEvent) => void;
  readonly #onProblem: (error: EvenmatchError) => void;

  constructor(
    { tickets, matches, events, clock }: PortOptions,
    onEvent: (event: BusEvent) => void,
    onProblem: (error: EvenmatchError) => void,
  ) {
    this.#onEvent = onEvent;
    this.#onProblem = onProblem;
    this.clock = clock ?? systemClock(() => this.#offset);
    this.tickets = tickets ?? new MemoryTicketStore({ clock: this.clock });
    this.#matches = matches;
    this.bus = events ?? new MemoryEventBus();
    // A bus of this process's own knows nothing of what others do to a store that they share.
    this.isSure = this.bus.delivery === "at-least-once" && (events !== undefined || tickets === undefined);
    const signal = this.closed;
    this.#requests = this.#batcher("tickets", PATIENCE, (batch) =>
      this.tickets.submit(batch, { now: this.clock.now(), signal }),
    );
    this.#reads = this.#batcher("tickets", PATIENCE, (batch) => this.tickets.read(batch, { signal }));
    this.#saves = this.#batcher("matches", Infinity, async (batch) => {
      await this.#matches?.save(batch, { signal });
      return batch;
    });
    this.#announcements = this.#batcher("events", Infinity, async (batch) => {
      await this.bus.publish(batch, { signal });
      return batch;
    });
  }

  /** The failure of a port that lasts, if any does. */
  get problem(): string | undefined {
    const [first] = this.#problems.values();
    return first;
  }

  /**
   * Learns the store's time, and that the bus answers, once: whoever runs pools has to announce. Rejects with a
   * retryable `STORE_UNAVAILABLE`.
   */
  connect(): Promise<void> {
    return (this.#connection ??= this.#reached(this.#meet(), () => (this.#connection = undefined)));
  }

  /** Connects, and listens to the bus, once: who watches nothing need not read what all others do. */
  async listen(): Promise<void> {
    await this.connect();
    const hear = (events: readonly BusEvent[]): void => events.forEach(this.#onEvent);
    await (this.#subscription ??= this.#reached(
      this.#subscribe(hear),
      () => (this.#subscription = undefined),
    ));
    this.isListening = true;
  }

  /** Like `submit` for who needs no promise. */
  join(
    request: Extract<Request, { type: "join" }>,
    done: (outcome: Outcomes["join"]) => void,
    failed: (cause: unknown) => void,
  ): void {
    this.#requests.post(request, done as (outcome: RequestOutcome) => void, failed);
  }

  /** Nobody waits for a request any more, which another one takes back. */
  withdraw(request: Request, back: Request): void {
    this.#requests.withdraw(request, back);
  }

  submit(request: Request): Promise<RequestOutcome> {
    return this.#requests.add(request);
  }

  readonly read = <Q extends Query>(query: Q): Promise<Found<Q>> =>
    this.#reads.add(query) as Promise<Found<Q>>;

  save(match: Match, done: () => void, failed: (cause: unknown) => void): void {
    if (this.#matches) this.#saves.post(match, done, failed);
    else done();
  }

  /** Announces an event; who does not say otherwise only has a failure reported. */
  publish(
    event: BusEvent,
    done: () => void = () => {},
    failed: (cause: unknown) => void = (cause) => this.failed("events", cause as EvenmatchError),
  ): void {
    this.#announcements.post(event, done, failed);
  }

  /** A port has failed and is asked again. Reported once per outage: the first failure says it all. */
  failed(port: Port | "decide" | "own", error: EvenmatchError): void {
    if (this.closed.aborted) return;
    const isNew = !this.#problems.has(port);
    this.#problems.set(port, error.message);
    if (isNew) this.#onProblem(error);
  }

  /** It has answered. */
  works(port: Port | "decide" | "own"): void {
    this.#problems.delete(port);
  }

  /** Resolves when no request is under way. */
  requested(): Promise<void> {
    return this.#requests.idle();
  }

  /** Resolves when what is settled is saved and announced. */
  async delivered(): Promise<void> {
    await Promise.all([this.#saves.idle(), this.#announcements.idle()]);
  }

  /** Hears of nothing more, once what is on its way has come. */
  async unsubscribe(): Promise<void> {
    await (await this.#subscription)?.close();
  }

  /** Asks the owner of a pool. */
  ask(pool: PoolKey, question: Question, signal = this.closed): Promise<Answer> {
    return unlessAborted(this.tickets.ask(pool, question, { signal }), this.closed);
  }

  /** Rejects what still waits. */
  close(error: EvenmatchError): void {
    this.#closed.abort(error);
  }

  async #meet(): Promise<void> {
    const before = this.clock.now();
    const time = await this.tickets.time();
    this.#offset += Math.round(time - (before + this.clock.now()) / 2);
    await (await this.#subscribe(() => {})).close();
    this.isConnected = true;
  }

  #subscribe(hear: BusHandler): Promise<Subscription> {
    return this.bus.subscribe(hear, { signal: this.closed });
  }

  /** What a port answers when it is first called; what failed is tried anew by the next who needs it. */
  async #reached<T>(answer: Promise<T>, forget: () => void): Promise<T> {
    try {
      // All who call before there is an answer wait for one promise: a listener of each would look like a leak.
      return await unlessAborted(answer, this.closed);
    } catch (cause) {
      this.closed.throwIfAborted();
      forget();
      throw asPortError(cause, true);
    }
  }

  #batcher<In, Out>(
    port: Port,
    patienceMs: Millis,
    send: (batch: In[]) => Promise<readonly Out[]>,
  ): Batcher<In, Out> {
    const sent = async (batch: In[]): Promise<readonly Out[]> => {
      const outputs = await send(batch);
      this.works(port);
      return outputs;
    };
    const onRetry = (error: EvenmatchError): void => this.failed(port, error);
    const coalesces = port === "tickets" && this.tickets.coalesces;
    return new Batcher(sent, { clock: this.clock, patienceMs, signal: this.closed, onRetry, coalesces });
  }
}
