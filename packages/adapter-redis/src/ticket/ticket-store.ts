import {
  systemRandom,
  type Answer,
  type CallOptions,
  type Decision,
  type DecisionOutcome,
  type EvenmatchError,
  type Lease,
  type MatchStatus,
  type Millis,
  type OwnerEvent,
  type PoolKey,
  type Query,
  type Question,
  type Random,
  type Request,
  type RequestOutcome,
  type TicketStatus,
  type TicketStore,
  type TimedOptions,
} from "@evenmatch/core";
import { leaseLost, uuidMaker } from "@evenmatch/core/adapter";
import type { Argument, RedisLike } from "../connection/driver.js";
import { settingsOf, wholeMillis, type RedisConnectionOptions } from "../connection/options.js";
import { checkedReplicas, type Replicas } from "../connection/replicas.js";
import { RedisServer, type CallSettings } from "../connection/server.js";
import { DECIDE, LOST } from "../script/decide.js";
import { SUBMIT } from "../script/submit.js";
import { decisionCalls, decisionOutcome, type DecisionCall } from "./decisions.js";
import type { Holding } from "./holding.js";
import { isKeepable, Keys, placeOf } from "./keys.js";
import { NEEDS } from "./needs.js";
import { OwnerSession } from "./owner-session.js";
import { Questions } from "./questions.js";
import { lookUp } from "./reading.js";
import { requestCalls, requestOutcome, unknownOutcome, type RequestCall } from "./requests.js";
import { unreadable } from "./unreadable.js";

/** How a {@link RedisTicketStore} reaches its keys, how long it remembers, and when a dead owner's pools move. */
export interface RedisTicketStoreOptions extends RedisConnectionOptions {
  /**
   * How long an owner that says nothing keeps its pools, in ms of the server's time; 5,000 when left out. All
   * processes that run pools should have the same.
   */
  readonly leaseMs?: Millis;
  /**
   * How long ended tickets and finished matches are remembered, in ms of the server's time; one minute by default. A
   * matchmaker repeats an unanswered join for 10 s: with less than that, one whose ticket has ended meanwhile would
   * make another. All processes should have the same: what one has put away another finds by it.
   */
  readonly retainMs?: Millis;
  /** How long a `requestId` returns its ended ticket, in ms of the server's time; 600,000 when left out. */
  readonly dedupeMs?: Millis;
  /**
   * Waits until so many replicas have what a call did before it is acknowledged; nobody waits when left out. It narrows
   * what a fail-over loses, and does not close it.
   */
  readonly replicas?: Replicas;
  /**
   * Told of records that could not be read, which were set aside, and of a server that forgets what has ended when its
   * memory is full; neither is heard of in any other way.
   */
  readonly onProblem?: (error: EvenmatchError) => void;
  /** Makes the names of this process; the platform's source when left out. */
  readonly random?: Random;
}

const LEASE = 5_000;

/** What a script answers: what is not the usual outcome, by threes, and the ids of records that could not be read. */
type Reply = readonly [said: readonly (string | number)[], corrupt: readonly string[]];

/**
 * Tickets on Redis. Each change of state is one script, which takes a whole batch; a claim of many matches checks the
 * fence first; a join needs nobody who runs the pool; a player has at most one live ticket in a queue. What is
 * acknowledged is as safe as the server's persistence and replication are set to make it.
 */
export class RedisTicketStore implements TicketStore {
  readonly #server: RedisServer;
  readonly #keys: Keys;
  readonly #questions: Questions;
  readonly #sessions = new Set<OwnerSession>();
  readonly #leaseMs: Millis;
  /** What every change of state is told: how long ended tickets are remembered, without a request id and with one. */
  readonly #remembers: readonly [Millis, Millis];
  readonly #replicas: Replicas | undefined;
  readonly #report: (error: EvenmatchError) => void;
  readonly #name: string;
  #calls = 0;
  #offers = 0;

  /** Throws `INVALID_OPTIONS`. Nothing is sent before the first call, which checks the server. */
  constructor(
    client: RedisLike | string,
    {
      leaseMs = LEASE,
      retainMs = 60_000,
      dedupeMs = 600_000,
      replicas,
      onProblem = () => {},
      random = systemRandom,
      ...options
    }: RedisTicketStoreOptions = {},
  ) {
    const settings = settingsOf(options);
    this.#leaseMs = wholeMillis("leaseMs", leaseMs, 100);
    this.#remembers = [wholeMillis("retainMs", retainMs, 1), wholeMillis("dedupeMs", dedupeMs, 1)];
    this.#replicas = checkedReplicas(replicas);
    this.#report = onProblem;
    // The tail of an id is chance alone.
    this.#name = uuidMaker(random)(0).slice(19).replace("-", "");
    this.#server = new RedisServer(client, settings, replicas ? [...NEEDS, ["wait"]] : NEEDS, onProblem);
    this.#keys = new Keys(settings.prefix);
    this.#questions = new Questions(this.#server, this.#keys, this.#name);
  }

  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    const outcomes = requests.map(unknownOutcome);
    const send = async (call: RequestCall): Promise<void> => {
      const { queue, indexes } = call;
      const keys = [this.#keys.players(queue)];
      for (const place of call.places) keys.push(...this.#keys.all(queue, place));
      const args = [...this.#heading(queue, now), ...call.args];
      const reply = (await this.#server.run(SUBMIT, keys, args, this.#settings("submit", signal))) as Reply;
      const said = this.#said(queue, reply);
      for (const [n, index] of indexes.entries())
        outcomes[index] = requestOutcome(requests[index] as Request, said.get(n));
    };
    // They go out one behind the other, and take effect in that order. Where the server lost its scripts or a slot just
    // moved, each is sent again for itself, and a later one may then come first.
    await Promise.all(Array.from(requestCalls(requests).values()).flat().map(send));
    return outcomes;
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    const { pool, fence } = lease;
    if (lease.lost.aborted || !isKeepable(pool)) throw leaseLost(lease);
    const { queue } = pool;
    const place = placeOf(pool);
    const keys = [this.#keys.players(queue), ...this.#keys.all(queue, place)];
    const send = async ({ from, args, count }: DecisionCall): Promise<DecisionOutcome[]> => {
      const all = [...this.#heading(queue, now), place, String(fence), ...args];
      const reply = (await this.#server.run(DECIDE, keys, all, this.#settings("decide", signal))) as
        Reply | typeof LOST;
      if (reply === LOST) {
        for (const session of this.#sessions) if (session.holding(lease)) session.doubt();
        throw leaseLost(lease);
      }
      const said = this.#said(queue, reply);
      const some = decisions.slice(from, from + count);
      return some.map((decision, n) => decisionOutcome(decision, said.get(n)));
    };
    const decide = async (holding?: Holding): Promise<DecisionOutcome[]> => {
      const calls = decisionCalls(decisions, (matchId) => holding?.sizeOf(matchId) ?? 0);
      const outcomes = await Promise.all(calls.map(send));
      return outcomes.flat();
    };
    for (const session of this.#sessions) {
      const holding = session.holding(lease);
      if (holding) return session.deciding(holding, decisions, () => decide(holding));
    }
    return decide();
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const session = new OwnerSession(queues, signal, {
      server: this.#server,
      keys: this.#keys,
      name: `${this.#name}.${++this.#offers}`,
      leaseMs: this.#leaseMs,
      retainMs: this.#remembers[0],
      questions: this.#questions,
      report: this.#report,
    });
    this.#sessions.add(session);
    void session.ended().finally(() => this.#sessions.delete(session));
    return session.events;
  }

  read(
    queries: readonly Query[],
    { signal }: CallOptions,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    return lookUp(this.#server, this.#keys, queries, this.#remembers[0], { signal });
  }

  ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    return this.#questions.ask(pool, question, signal);
  }

  /** The clock of the server. */
  async time(): Promise<Millis> {
    const [seconds, micros] = (await this.#server.call("time", [])) as [string, string];
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  /** Rejects the questions that wait for an answer, gives up the pools that it runs, and closes what it opened; the application's client stays open. */
  async close(): Promise<void> {
    this.#questions.close();
    await Promise.all(Array.from(this.#sessions, (session) => session.close()));
    await this.#server.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #settings(lane: string, signal: AbortSignal | undefined): CallSettings {
    return this.#replicas ? { signal, replicas: { ...this.#replicas, lane } } : { signal };
  }

  #heading(queue: string, now: Millis): Argument[] {
    const link = `${this.#name}${(++this.#calls).toString(36)}`;
    return [this.#keys.tag(queue), now, ...this.#remembers, link];
  }

  #said(queue: string, [said, corrupt]: Reply): Map<number, [string, string]> {
    for (const id of corrupt) this.#report(unreadable(id, this.#keys.corrupt(queue)));
    const outcomes = new Map<number, [string, string]>();
    for (let at = 0; at + 2 < said.length; at += 3)
      outcomes.set(Number(said[at]), [String(said[at + 1]), String(said[at + 2])]);
    return outcomes;
  }
}

/**
 * A store of tickets on Redis: on the application's client of `ioredis` (of a server, behind a Sentinel, or of a
 * Cluster), which stays open, or on one of its own where it is given the URL of a server.
 *
 * Throws `INVALID_OPTIONS`. Calls reject with `STORE_MISCONFIGURED` where the server is not one that it can work with.
 */
export function redisTicketStore(
  client: RedisLike | string,
  options: RedisTicketStoreOptions = {},
): RedisTicketStore {
  return new RedisTicketStore(client, options);
}
