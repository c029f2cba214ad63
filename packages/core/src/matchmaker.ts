import { onAbort, unlessAborted } from "./abort.js";
import { Owner } from "./cluster/owner.js";
import { pause } from "./clock.js";
import { Emitter, type EventMap } from "./event/emitter.js";
import { isIdle, NEEDED_BY_OTHERS } from "./event/announced.js";
import type { EventType } from "./event/event.js";
import { listen, type ListenOptions } from "./event/listen.js";
import { ticketUnknown, Watches } from "./event/watches.js";
import { checkGiven, type MatchmakerOptions } from "./given.js";
import { Joining } from "./joining.js";
import type { Outcomes, Request } from "./life.js";
import type { Match } from "./match/match.js";
import { callOptions, invalid, objectOf, oneOf } from "./options.js";
import { Ports, type Found } from "./ports.js";
import { checkedQueues, queueNamed, type PlayerIn, type Queue, type Queues } from "./queue.js";
import { systemRandom, uuidMaker, type Uuid } from "./random.js";
import type { Explanation } from "./strategy/strategy.js";
import { poolOf } from "./ticket/id.js";
import type { Player } from "./ticket/player.js";
import {
  checkedPlayerId,
  checkedRating,
  checkedRegion,
  checkedRequestId,
  closedError,
  DEFAULT_REGION,
  notAvailable,
  ticketFrom,
  type JoinOptions,
  type JoinRequest,
} from "./ticket/request.js";
import type {
  Answer,
  CallOptions,
  Estimate,
  MatchStatus,
  Query,
  Question,
  TicketStatus,
} from "./ticket/store.js";
import type { PoolKey, Ticket } from "./ticket/ticket.js";

/** How a matchmaker is, for probes and dashboards. */
export interface Health {
  /** `ready` from `start` (or the first call) on, while store and bus answer. */
  readonly status: "starting" | "ready" | "degraded" | "closed";
  /** Pools that this process runs, and tickets that wait in them. */
  readonly pools: number;
  readonly waiting: number;
  /** Tickets that this process joined or watches. */
  readonly watched: number;
  /** The last failure of a port, while it lasts. */
  readonly problem?: string | undefined;
}

/** How long `close` lets what is under way end, in ms. */
const DRAIN = 5_000;

/**
 * Forms matches out of joins. One object per process: it joins, leaves and listens, and from `start()` on it also
 * runs pools. Without adapters all is in this process's memory; with them the same code runs on several.
 *
 * | state | it does |
 * |---|---|
 * | made | takes every call, connecting with the first; owns nothing |
 * | started | besides, offers the store to run pools of its queues; reads the bus only once somebody joins or waits here |
 * | closed | has drained and handed its pools over; every call rejects with `CLOSED` |
 *
 * Trade-off: calls of one turn of the event loop go out as one, so a join costs a turn more than it might, and a
 * store sees batches instead of single calls.
 *
 * @example
 * ```ts
 * import { Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: 100 }) } });
 * await matchmaker.start();
 * const [match] = await Promise.all([
 *   matchmaker.find("classic", { players: [{ id: "ann", rating: 1510 }] }),
 *   matchmaker.find("classic", { players: [{ id: "bob", rating: 1490 }] }),
 * ]);
 * console.log(match.quality); // prints: 0.8
 * await matchmaker.close();
 * ```
 */
export class Matchmaker<const Q extends Queues> {
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #ports: Ports;
  readonly #uuid: Uuid;
  readonly #emitter = new Emitter<PlayerIn<Q[keyof Q]>>();
  readonly #watches: Watches<PlayerIn<Q[keyof Q]>>;
  readonly #announced: ReadonlySet<EventType>;
  readonly #owner: Owner;
  readonly #joining: Joining;
  #closing: Promise<void> | undefined;

  /** Throws `INVALID_OPTIONS` for a queue or an option that cannot be meant. */
  constructor(options: MatchmakerOptions<Q>) {
    const checked = checkGiven(options);
    this.#queues = checkedQueues(checked.queues);
    this.#announced = new Set([...NEEDED_BY_OTHERS, ...(checked.announce ?? [])]);
    this.#uuid = uuidMaker(checked.random ?? systemRandom);
    const ports = (this.#ports = new Ports(
      checked,
      (event) => this.#watches.hear(event),
      (error) => this.#emitter.report(error, ports.clock.now()),
    ));
    const watches = (this.#watches = new Watches(this.#emitter, ports));
    this.#joining = new Joining({
      ports,
      watches,
      maxWaitingOf: (queue) => this.#queue(queue).maxWaiting,
      leave: (ticketId) => this.leave(ticketId),
    });
    this.#owner = new Owner(this.#queues, {
      ports,
      uuid: this.#uuid,
      emit: (event) => this.#emitter.emit(event.type, event as never),
      isForBus: (event) => this.#announced.has(event.type) && !isIdle(event),
      wants: (type) => type === "error" || this.#announced.has(type) || this.#emitter.hears(type),
    });
  }

  /**
   * Listens to an event; returns what removes the listener. See {@link EventMap} for all of them. Throws
   * `INVALID_OPTIONS` for an event that there is not and for what cannot be called.
   */
  on<Type extends keyof EventMap>(
    type: Type,
    listener: (payload: EventMap<PlayerIn<Q[keyof Q]>>[Type]) => unknown,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  /** Offers this process to run pools. Rejects when store or bus cannot be reached; calling it again tries again. */
  async start(): Promise<void> {
    await this.#connect();
    this.#owner.start();
  }

  /**
   * Asks for a match. Resolves when the store keeps the ticket: from then on it ends exactly once, as matched, left
   * or expired.
   *
   * Rejects with `UNKNOWN_QUEUE`, `INVALID_REQUEST`, `INVALID_PLAYERS`, `INVALID_RATING`, `INVALID_REGION` or
   * `INVALID_ATTRIBUTE` for a request that cannot be meant, `INVALID_OPTIONS` for such options;
   * `ALREADY_WAITING` (with `ticket`) when a player has a live ticket in the queue; `POOL_FULL`; `STORE_UNAVAILABLE`
   * when the outcome is not known; `CLOSED`; or the signal's reason, after which the ticket leaves if it was made.
   */
  join<Name extends keyof Q & string>(
    queue: Name,
    request: JoinRequest<PlayerIn<Q[Name]>>,
    options: JoinOptions = {},
  ): Promise<Ticket<PlayerIn<Q[Name]>>> {
    // The first ticket needs the store's time, and its news. Not async: a promise less is a tenth of what a join costs.
    try {
      if (!this.#ports.isListening)
        return this.#connect(options, "listen").then(() => this.join(queue, request, options));
      return this.#joining.enter(this.#ticketFor<PlayerIn<Q[Name]>>(queue, request, options), options);
    } catch (error) {
      const refusal = error as Error;
      return Promise.reject(refusal);
    }
  }

  /**
   * Joins and waits for the match. Aborting leaves the queue and rejects with the signal's reason, unless the claim
   * won: then the match resolves all the same. Rejects like {@link Matchmaker.join}, and with `TICKET_LEFT` or
   * `TICKET_EXPIRED` when the ticket ends without a match.
   */
  async find<Name extends keyof Q & string>(
    queue: Name,
    request: JoinRequest<PlayerIn<Q[Name]>>,
    options: JoinOptions = {},
  ): Promise<Match<PlayerIn<Q[Name]>>> {
    callOptions(options).signal?.throwIfAborted();
    if (!this.#ports.isListening) await this.#connect(options, "listen");
    const ticket = this.#ticketFor<PlayerIn<Q[Name]>>(queue, request, options);
    const given = new AbortController();
    // Waiting starts before the join: its match may be announced before its answer is here.
    const matched = this.#watches.wait(ticket.id, given.signal);
    matched.catch(() => {});
    try {
      const joined = await this.#joining.enter(ticket, options, true);
      const match = joined.id === ticket.id ? matched : this.watch(joined.id);
      return (await this.#unlessAborted(joined.id, match, options.signal)) as Match<PlayerIn<Q[Name]>>;
    } finally {
      given.abort();
    }
  }

  /**
   * The match of a ticket, whichever process joined it: resolves when it is settled, at once if it is already.
   * From now on this process hears of the ticket like one of its own. Rejects with `TICKET_LEFT`, `TICKET_EXPIRED`,
   * `TICKET_UNKNOWN`, `CLOSED`, or the signal's reason; aborting leaves the ticket as it is.
   */
  async watch(ticketId: string, options?: CallOptions): Promise<Match<PlayerIn<Q[keyof Q]>>> {
    const signal = options?.signal;
    await this.#connect(options, "listen");
    const matched = this.#watches.wait(ticketId, signal);
    matched.catch(() => {});
    await unlessAborted(this.#watches.lookUp([ticketId]), signal);
    return matched as Promise<Match<PlayerIn<Q[keyof Q]>>>;
  }

  /** Settled matches as they are announced, whoever joined them; `group` shares them between processes. */
  matches(
    options?: ListenOptions & { readonly queue?: (keyof Q & string) | undefined },
  ): AsyncIterableIterator<Match<PlayerIn<Q[keyof Q]>>> {
    this.#refuseIfClosed();
    const { queue, signal } = callOptions(options);
    objectOf("matches", options ?? {}, ["queue", "group", "buffer", "signal"]);
    if (queue !== undefined) this.#queue(queue);
    const signals = [this.#ports.closed, ...(signal ? [signal] : [])];
    return listen(this.#ports.bus, { ...options, signal: AbortSignal.any(signals) }) as AsyncIterableIterator<
      Match<PlayerIn<Q[keyof Q]>>
    >;
  }

  /**
   * Ends a ticket. `left`, or `claimed` when its match was faster (exactly one of them wins; should that match fall
   * through, the ticket leaves then), or `unknown`.
   */
  async leave(ticketId: string, options?: CallOptions): Promise<Outcomes["leave"]["type"]> {
    const { type } = await this.#request({ type: "leave", ticketId }, options);
    if (type === "left") await this.#watches.left(ticketId);
    return type;
  }

  /** Accepts a match that asks for it. `closed` when it is too late, `already` when the player has answered before. */
  accept(matchId: string, playerId: string, options?: CallOptions): Promise<Outcomes["answer"]["type"]> {
    return this.#answer(matchId, playerId, true, options);
  }

  /** Declines a match: the player's ticket leaves, the others go back to their place. */
  decline(matchId: string, playerId: string, options?: CallOptions): Promise<Outcomes["answer"]["type"]> {
    return this.#answer(matchId, playerId, false, options);
  }

  /**
   * Says that the clients of these tickets are there, in queues with `heartbeatMs`; answers place by place. Rejects
   * with `INVALID_REQUEST` for what is no list.
   */
  async heartbeat(ticketIds: readonly string[], options?: CallOptions): Promise<Outcomes["beat"]["type"][]> {
    if (!Array.isArray(ticketIds))
      throw invalid(
        "INVALID_REQUEST",
        "a heartbeat is for a list of tickets",
        ticketIds,
        "Pass [ticket.id].",
      );
    const beats = (ticketIds as readonly string[]).map((ticketId) =>
      this.#request({ type: "beat", ticketId }, options),
    );
    return (await Promise.all(beats)).map(({ type }) => type);
  }

  /** The live ticket of a player in a queue, for a client that comes back. */
  async ticketOf(
    playerId: string,
    options: CallOptions & { readonly queue: keyof Q & string },
  ): Promise<TicketStatus | undefined> {
    const { queue } = callOptions(options);
    this.#queue(queue);
    return this.#find({ type: "player", playerId: checkedPlayerId(playerId), queue }, options);
  }

  /** A match as the ticket store has it, with the answers to its ready check, until a while after it is delivered. */
  matchOf(matchId: string, options?: CallOptions): Promise<MatchStatus | undefined> {
    return this.#find({ type: "match", matchId }, options);
  }

  /**
   * Why a waiting ticket is not matched yet. Rejects with `TICKET_UNKNOWN`, `NO_OWNER`, or `NOT_AVAILABLE` when it
   * no longer waits or the strategy cannot say.
   */
  async explain(ticketId: string, options?: CallOptions): Promise<Explanation> {
    const pool = poolOf(ticketId);
    if (!pool || !(await this.#find({ type: "ticket", ticketId }, options))) throw ticketUnknown(ticketId);
    const answer = await this.#ask(pool, { type: "explain", ticketId }, options);
    if (answer.type !== "explanation") throw notAvailable("an explanation of this ticket");
    return answer.explanation;
  }

  /**
   * The expected wait of somebody of this rating who joins now, by what the pool's owner has recently seen. Rejects
   * with `INVALID_REGION`, `INVALID_RATING`, or `NO_OWNER` where nobody runs the pool (or nobody has joined it yet).
   */
  async estimate(
    queue: keyof Q & string,
    options: CallOptions & { readonly region?: string; readonly rating: number },
  ): Promise<Estimate> {
    const { region = DEFAULT_REGION, rating } = callOptions(options);
    this.#queue(queue);
    const pool = { queue, region: checkedRegion(region) };
    const question = { type: "estimate", rating: checkedRating(rating) } as const;
    const answer = await this.#ask(pool, question, options);
    if (answer.type !== "estimate") throw notAvailable("an estimate for this pool");
    return answer.estimate;
  }

  /** Whether this process is fit to take calls, for readiness probes. */
  health(): Health {
    const { pools, waiting } = this.#owner.load();
    const { problem, isConnected } = this.#ports;
    const ready = problem === undefined ? "ready" : "degraded";
    const status = this.#closing ? "closed" : isConnected ? ready : "starting";
    return { status, pools, waiting, watched: this.#watches.size, problem };
  }

  /**
   * Drains and ends: takes nothing new, lets claims and deliveries under way end (5 s at most), hands its pools
   * over, and rejects with `CLOSED` whoever still waits. Tickets stay where the store keeps them.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** What `await using` calls: {@link Matchmaker.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const ports = this.#ports;
    const drained = new AbortController();
    const patience = pause(ports.clock, DRAIN, drained.signal).catch(() => {});
    const drain = async (): Promise<void> => {
      await ports.requested();
      await this.#owner.stop(patience);
      await ports.delivered();
      await this.#watches.lookUp(this.#watches.waitedFor());
      await ports.unsubscribe();
    };
    await Promise.race([drain().catch(() => {}), patience]);
    drained.abort();
    const error = closedError();
    this.#watches.close(error);
    ports.close(error);
    this.#emitter.close();
  }

  async #connect(options?: CallOptions, how: "connect" | "listen" = "connect"): Promise<void> {
    const { signal } = callOptions(options);
    this.#refuseIfClosed();
    await unlessAborted(this.#ports[how](), signal);
    this.#refuseIfClosed();
  }

  #ticketFor<P extends Player>(queue: string, request: unknown, options: JoinOptions): Ticket<P> {
    this.#refuseIfClosed();
    const { signal, requestId, onDuplicate = "reject" } = callOptions(options);
    const ticket = ticketFrom<P>(this.#queue(queue), request, this.#ports.clock.now(), this.#uuid);
    signal?.throwIfAborted();
    checkedRequestId(requestId);
    oneOf("onDuplicate", ["reject", "return", "replace"], onDuplicate);
    return ticket;
  }

  /** The match, or after an abort the signal's reason, if leaving was faster than the claim. */
  async #unlessAborted(
    ticketId: string,
    matched: Promise<Match>,
    signal: AbortSignal | undefined,
  ): Promise<Match> {
    const forget = onAbort(signal, () => this.#joining.giveUp(ticketId));
    try {
      return await matched;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      forget();
    }
  }

  async #answer(
    matchId: string,
    playerId: string,
    accepted: boolean,
    options: CallOptions | undefined,
  ): Promise<Outcomes["answer"]["type"]> {
    const request = { type: "answer", matchId, playerId: checkedPlayerId(playerId), accepted } as const;
    return (await this.#request(request, options)).type;
  }

  async #request<R extends Request>(request: R, options?: CallOptions): Promise<Outcomes[R["type"]]> {
    await this.#connect(options);
    return unlessAborted(this.#ports.submit(request) as Promise<Outcomes[R["type"]]>, options?.signal);
  }

  async #find<Q extends Query>(query: Q, options?: CallOptions): Promise<Found<Q>> {
    await this.#connect(options);
    return unlessAborted(this.#ports.read(query), options?.signal);
  }

  async #ask(pool: PoolKey, question: Question, options?: CallOptions): Promise<Answer> {
    await this.#connect(options);
    return this.#ports.ask(pool, question, options?.signal);
  }

  readonly #queue = (name: string): Queue => queueNamed(this.#queues, name);

  #refuseIfClosed(): void {
    if (this.#closing) throw closedError();
  }
}
