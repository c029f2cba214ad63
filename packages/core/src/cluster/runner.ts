import { onAbort } from "../abort.js";
import { pause, type Clock } from "../clock.js";
import type { EvenmatchError } from "../errors.js";
import type { BusEvent, EventType, LifeEvents } from "../event/event.js";
import {
  endsAt,
  type Change,
  type Decision,
  type DecisionOutcome,
  type Outcomes,
  type ReleaseReason,
} from "../life.js";
import { assignmentOf } from "../match/allocator.js";
import { ticketsOf, type Assignment, type Match } from "../match/match.js";
import { ReadyCheck } from "../match/ready-check.js";
import { Waits } from "../estimate/waits.js";
import type { Queue } from "../queue.js";
import type { Proposal } from "../strategy/strategy.js";
import type { Answer, Lease, OwnerEvent, PendingMatch, PoolChange, Question } from "../ticket/store.js";
import type { Mutable, Ticket } from "../ticket/ticket.js";
import { asPortError, Batcher, type Told } from "./batcher.js";
import { explain } from "./answer.js";
import { deliver } from "./delivery.js";
import { Driver, type DrivenPass } from "./driver.js";
import type { Surroundings } from "./surroundings.js";
import { tallied } from "./tallied.js";

type Gained = Extract<OwnerEvent, { type: "gained" }>;
type DecisionOf<Type extends Decision["type"]> = Extract<Decision, { type: Type }>;
type Answered<Type extends Decision["type"]> = (outcome: Outcomes[Type], decision: DecisionOf<Type>) => void;

const NOTHING = (): void => {};

/** How long a match waits that the store refused, in ms: proposed again at once, it would be refused at once. */
const ASIDE = 2_000;

/**
 * Runs one pool for as long as this process owns it. The store's changes drive everything; what the runner itself
 * decides comes back to it as a change, too, so a match goes on in the same way whoever claimed it:
 *
 * | it hears | it does |
 * |---|---|
 * | joined, left, released, beat | tells the driver, which may propose |
 * | (a proposal) | claims; where nobody is to be asked and nothing to be allocated it settles in the same batch |
 * | claimed | waits for the ready check, asks the allocator, then settles or releases |
 * | settled | saves and announces, then delivers |
 *
 * Trade-off: all of a pool's tickets are in this process's memory, which is what makes a pass cheap.
 */
export class Runner {
  readonly #driver: Driver<Ticket["players"][number]>;
  readonly #decisions: Batcher<Decision, DecisionOutcome>;
  readonly #waits = new Waits();
  readonly #checks = new Map<string, ReadyCheck>();
  readonly #allocations = new Set<AbortController>();
  /** Proposed or due to expire, and not answered yet: neither waiting nor gone. */
  readonly #away = new Set<string>();
  /** Proposed or pending matches that this runner still has to do something for. */
  readonly #open = new Set<string>();
  /** Called when nothing is open any more, once somebody waits for that. */
  #onIdle: (() => void) | undefined;
  /** Ends the waiting for people and allocators: the runner stops, or the lease is lost. */
  readonly #halt = new AbortController();
  /** Ends everything else: the lease is lost, or the runner has stopped. */
  readonly #end = new AbortController();
  readonly #clock: Clock;
  #seq: number;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  readonly #lease: Lease;
  readonly #queue: Queue;
  readonly #around: Surroundings;
  /** Called when what this runner knows of the pool may no longer be true: it has to be gained anew. */
  readonly #onDoubt: () => void;

  constructor(lease: Lease, queue: Queue, around: Surroundings, seq: number, onDoubt: () => void) {
    this.#lease = lease;
    this.#queue = queue;
    this.#around = around;
    this.#onDoubt = onDoubt;
    this.#seq = seq;
    const { strategy, limits, waveMs } = queue;
    const { clock, tickets: store } = around.ports;
    this.#clock = clock;
    this.#driver = new Driver({
      strategy,
      limits,
      waveMs,
      stopwatch: () => clock.stopwatch(),
      wantsInputs: () => around.wants("pass"),
      onPass: (pass) => this.#passed(pass),
      onExpire: (ticket) => this.#expire(ticket),
      onError: (error) => this.#tell("error", { error }),
    });
    this.#decisions = new Batcher(
      async (decisions) => {
        const outcomes = await store.decide(lease, decisions, { now: clock.now(), signal: this.#end.signal });
        around.ports.works("decide");
        return outcomes;
      },
      {
        clock,
        patienceMs: Infinity,
        signal: this.#end.signal,
        coalesces: store.coalesces,
        onRetry: (error) => around.ports.failed("decide", error),
      },
    );
    onAbort(lease.lost, () => this.lose());
  }

  /** Takes over: the pool as the store keeps it, and the matches that an owner before left on their way. */
  gain({ waiting, pending }: Gained): void {
    this.#tell("pool.gained", { waiting: waiting.length, pending: pending.length, fence: this.#lease.fence });
    this.#driver.gain(waiting, this.#clock.now());
    for (const match of pending) this.#resume(match);
    this.#schedule();
  }

  hear(changes: readonly PoolChange[]): void {
    if (this.#end.signal.aborted) return;
    const before = this.#seq;
    for (const { seq, at, change } of changes) {
      this.#seq = seq;
      this.#apply(change, at);
    }
    // Ends that the owner before may not have told come with the numbers that they had.
    this.#seq = Math.max(this.#seq, before);
    this.#schedule();
  }

  answer(question: Question): Answer {
    const tell = (error: EvenmatchError): void => this.#tell("error", { error });
    const now = this.#clock.now();
    if (question.type === "estimate")
      return { type: "estimate", estimate: this.#waits.estimate(question.rating, now) };
    return explain(question.ticketId, this.#queue.strategy, this.#driver.pool, now, tell);
  }

  /** Whether it runs its pool by this lease. */
  isOf({ fence }: Lease): boolean {
    return this.#lease.fence === fence;
  }

  /** How many tickets wait. */
  get waiting(): number {
    return this.#driver.pool.size;
  }

  /**
   * Proposes nothing more, and resolves when what is under way has ended; what waits for people is left pending. It
   * tells what it hears for as long as the pool is its own.
   */
  async stop(): Promise<void> {
    this.#halted();
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#close("");
    await idle;
  }

  /** Drops everything at once: the pool has another owner, or this process no longer cares. */
  lose(): void {
    if (this.#end.signal.aborted) return;
    this.#halted();
    this.#around.ports.works("decide");
    this.#tell("pool.lost", { fence: this.#lease.fence });
    this.#end.abort();
    this.#onIdle?.();
  }

  #halted(): void {
    this.#halt.abort();
    this.#wake?.cancel();
    for (const check of this.#checks.values()) check.stop();
    for (const allocation of this.#allocations) allocation.abort(this.#halt.signal.reason);
  }

  #apply(change: Change, at: number): void {
    const driver = this.#driver;
    switch (change.type) {
      case "joined":
        this.#waits.joined(change.ticket);
        // Its time may have been over before anybody came to it. Whoever was heard of since, the store does not expire.
        if (endsAt(change.ticket) < this.#clock.now()) this.#expire(change.ticket);
        else driver.joined(change.ticket, at);
        return this.#tell("ticket.joined", { ticket: change.ticket }, at);
      case "left":
      case "expired":
        this.#away.delete(change.ticket.id);
        this.#waits.gone(change.ticket, at);
        driver.left(change.ticket.id, at);
        if (change.type === "expired") return this.#tell("ticket.expired", { ticket: change.ticket }, at);
        return this.#tell("ticket.left", { ticket: change.ticket, reason: "left" }, at);
      case "beat":
        return driver.beat(change.ticketId, at);
      case "leaving":
        return;
      case "claimed":
        this.#claimed(change.match);
        return this.#tell("match.claimed", { match: change.match }, at);
      case "answered":
        return this.#heardAnswer(change, at);
      case "released":
        return this.#released(change, at);
      case "settled":
        for (const team of change.match.teams) for (const ticket of team) this.#waits.matched(ticket, at);
        return this.#settled(change.match, at);
      case "delivered":
        return this.#tell("match.delivered", { matchId: change.matchId }, at);
    }
  }

  #heardAnswer({ matchId, playerId, accepted }: Extract<Change, { type: "answered" }>, at: number): void {
    const check = this.#checks.get(matchId);
    check?.answered(playerId, accepted);
    const ticketIds = check?.ticketIds ?? [];
    this.#tell("match.answered", { matchId, playerId, accepted, ticketIds }, at);
  }

  #released({ matchId, returned, dropped, reason }: Extract<Change, { type: "released" }>, at: number): void {
    this.#checks.get(matchId)?.stop();
    this.#checks.delete(matchId);
    this.#close(matchId);
    for (const ticket of dropped) {
      this.#driver.ended(ticket.id);
      this.#waits.gone(ticket, at);
      this.#tell("ticket.left", { ticket, reason }, at);
    }
    for (const ticket of returned) {
      this.#away.delete(ticket.id);
      this.#tell("ticket.released", { ticket, matchId, reason }, at);
    }
    this.#driver.gaveBack(returned, at);
  }

  #passed(driven: DrivenPass<Ticket["players"][number]>): void {
    const { proposals, at } = driven;
    const then = this.#around.wants("pass")
      ? tallied(driven, this.#answered, (pass) => this.#tell("pass", pass, at))
      : this.#answered;
    for (const proposal of proposals) this.#claim(proposal, at, then);
  }

  #claim({ teams, quality }: Proposal, at: number, then = this.#answered): void {
    if (this.#halt.signal.aborted) return;
    const { pool } = this.#lease;
    const { acceptMs, allocator } = this.#queue;
    const tickets = ticketsOf({ teams });
    const playedIn = this.#queue.limits?.regionOf(tickets);
    const { queue, region, partition } = pool;
    const id = this.#around.uuid(at, pool);
    // Written out: a literal with other objects spread into it costs several times as much to make.
    const match: Mutable<Match> = { id, queue, region, teams, quality, createdAt: at };
    if (partition !== undefined) match.partition = partition;
    if (playedIn !== undefined) match.playedIn = playedIn;
    if (acceptMs < Infinity) match.acceptBy = Math.max(at, this.#clock.now()) + acceptMs;
    for (const ticket of tickets) this.#away.add(ticket.id);
    this.#open.add(id);
    const claim = { type: "claim", match } as const;
    this.#decide(claim, then, () => then({ type: "gone", ticketIds: [] }, claim));
    // Nobody to ask and nothing to allocate: one call claims and settles. A claim that loses leaves nothing to settle.
    if (acceptMs === Infinity && !allocator) this.#settle(id);
  }

  /** A claim is answered. If it lost, those who are still there go back to their place. */
  readonly #answered: Answered<"claim"> = (outcome, { match }) => {
    if (outcome.type === "claimed") return;
    this.#close(match.id);
    this.#giveBack(
      ticketsOf(match).filter(({ id }) => this.#away.delete(id) && !outcome.ticketIds.includes(id)),
    );
  };

  #expire(ticket: Ticket): void {
    this.#away.add(ticket.id);
    this.#decide({ type: "expire", ticketId: ticket.id }, ({ type }) => {
      if (!this.#away.delete(ticket.id) || type !== "live") return;
      this.#driver.lives(ticket);
      this.#giveBack([ticket]);
    });
  }

  #giveBack(tickets: readonly Ticket[]): void {
    this.#driver.gaveBack(tickets, this.#clock.now());
    this.#schedule();
  }

  #claimed(match: Match, answers?: Map<string, boolean>): void {
    for (const team of match.teams) {
      for (const { id } of team) {
        // Those whom this runner has proposed have left the pool.
        if (!this.#away.delete(id)) this.#driver.pool.remove(id);
      }
    }
    if (match.acceptBy === undefined && !this.#queue.allocator) return;
    this.#open.add(match.id);
    this.#prepare(match, answers ?? new Map<string, boolean>()).then(
      (goesOn) => goesOn || this.#close(match.id),
      (cause: unknown) => this.#failed(cause),
    );
  }

  /**
   * From claimed to settled: everyone accepts, and the allocator says where. Whatever fails on the way releases.
   * False when this runner has stopped meanwhile: the match is for the next owner of the pool.
   */
  async #prepare(match: Match, answers: Map<string, boolean>): Promise<boolean> {
    const halt = this.#halt.signal;
    if (match.acceptBy !== undefined && !halt.aborted) {
      const check = new ReadyCheck(match, answers, this.#clock);
      this.#checks.set(match.id, check);
      const verdict = await check.verdict;
      if (verdict.type === "stopped") return false;
      if (verdict.type !== "accepted" && (await this.#release(match.id, verdict.type, verdict.drop)))
        return true;
    }
    const { allocator } = this.#queue;
    // A signal of its own: thousands of listeners on one signal look like a leak, and are slow to remove.
    const allocation = new AbortController();
    this.#allocations.add(allocation);
    try {
      halt.throwIfAborted();
      const assignment = allocator && (await assignmentOf(match, allocator, this.#clock, allocation.signal));
      this.#settle(match.id, assignment);
    } catch (error) {
      if (halt.aborted) return false;
      this.#tell("error", { error: error as EvenmatchError });
      await this.#release(match.id, "allocation", []);
    } finally {
      this.#allocations.delete(allocation);
    }
    return true;
  }

  /** True when the match is over; false when everyone has accepted it meanwhile, and it goes on. */
  #release(matchId: string, reason: ReleaseReason, drop: readonly string[]): Promise<boolean> {
    return new Promise((resolve) =>
      this.#decide({ type: "release", matchId, drop, reason }, ({ type }) => resolve(type !== "accepted")),
    );
  }

  #settle(matchId: string, assignment?: Assignment): void {
    this.#decide({ type: "settle", matchId, assignment }, NOTHING, () =>
      this.#release(matchId, "allocation", []),
    );
  }

  /** After the point of no return: saved and announced, and only then no longer pending. */
  #settled(match: Match, at: number): void {
    this.#checks.delete(match.id);
    this.#open.add(match.id);
    for (const team of match.teams) for (const { id } of team) this.#driver.ended(id);
    const around = this.#around;
    const event = this.#event("match.settled", { match }, at);
    around.emit(event);
    deliver(match, event, around.ports, this.#end.signal, () => {
      this.#decide({ type: "deliver", matchId: match.id }, this.#delivered);
    });
  }

  #resume({ match, state, answers }: PendingMatch): void {
    if (state === "settled") return this.#settled(match, this.#clock.now());
    this.#claimed(match, answers);
    // The owner before may not have come to tell of it.
    if (match.acceptBy !== undefined) this.#tell("match.claimed", { match });
    if (match.acceptBy === undefined && !this.#queue.allocator) this.#settle(match.id);
  }

  readonly #delivered: Answered<"deliver"> = (_, { matchId }) => this.#close(matchId);

  /** Once the store has said that it is never going to take this, `instead` is done. */
  #decide<Type extends Decision["type"]>(
    decision: DecisionOf<Type>,
    then: Answered<Type>,
    instead?: () => unknown,
  ): void {
    const refused = (cause: unknown): void => this.#failed(cause, instead);
    this.#decisions.post(decision, then as Told<Decision, DecisionOutcome>, refused);
  }

  /** A match needs nothing more of this runner. */
  #close(matchId: string): void {
    this.#open.delete(matchId);
    if (this.#open.size === 0) this.#onIdle?.();
  }

  #schedule(): void {
    const at = this.#driver.due;
    if (this.#wake?.at === at) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (at === Infinity || this.#halt.signal.aborted) return;
    const cancel = this.#clock.at(at, () => {
      this.#wake = undefined;
      this.#driver.advance(this.#clock.now());
      this.#schedule();
    });
    this.#wake = { at, cancel };
  }

  /**
   * A decision was refused, or is not known to be taken: what this runner knows of the pool may no longer be true. But
   * what the store says that it can never take, such as a match too large for it, has changed nothing, and the next owner
   * would decide the same: it must not cost those who have no part in it their owner.
   */
  #failed(cause: unknown, instead?: () => unknown): void {
    if (this.#end.signal.aborted) return;
    const error = asPortError(cause);
    if (error.code !== "LEASE_LOST") {
      this.#tell("error", { error });
      if (instead && error.code === "INVALID_REQUEST") {
        const goOn = (): unknown => this.#end.signal.aborted || instead();
        return void pause(this.#clock, ASIDE, this.#halt.signal).then(goOn, goOn);
      }
      this.#onDoubt();
    }
    this.lose();
  }

  #tell<Type extends EventType>(type: Type, data: LifeEvents[Type], at = this.#clock.now()): void {
    const around = this.#around;
    if (!around.wants(type)) return;
    const event = this.#event(type, data, at);
    around.emit(event);
    if (around.isForBus(event)) around.ports.publish(event);
  }

  #event<Type extends EventType>(type: Type, data: LifeEvents[Type], at: number): BusEvent {
    return { v: 1, type, at, pool: this.#lease.pool, seq: this.#seq, data } as unknown as BusEvent;
  }
}
