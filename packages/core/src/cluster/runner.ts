import { onAbort } from "../abort.js";
import { pause, type Clock } from "../clock.js";
import { asEvenmatchError, EvenmatchError } from "../errors.js";
import type { BusEvent, EventType, LifeEvents } from "../event/event.js";
import type { Change, Decision, DecisionOutcome, Outcomes } from "../life.js";
import { assignmentOf } from "../match/allocator.js";
import { ticketsOf, type Assignment, type Match } from "../match/match.js";
import { ReadyCheck } from "../match/ready-check.js";
import type { Queue } from "../queue.js";
import type { Proposal } from "../strategy/strategy.js";
import { idOf } from "../ticket/id.js";
import type { Answer, Lease, OwnerEvent, PendingMatch, PoolChange, Question, TicketStore } from "../ticket/store.js";
import type { Ticket } from "../ticket/ticket.js";
import { Batcher } from "./batcher.js";
import { Driver, type DrivenPass } from "./driver.js";

/** What a runner needs of its surroundings. */
export interface Surroundings {
  readonly store: TicketStore;
  readonly clock: Clock;
  readonly uuid: (now: number) => string;
  /** Saves a settled match; settles when it is saved, however long that takes. */
  save(match: Match): Promise<unknown>;
  /** Tells this process's listeners. */
  emit(event: BusEvent): void;
  /** Puts an event on the bus when others need it; settles when it is there. */
  publish(event: BusEvent): Promise<unknown> | undefined;
  /** A port has failed, and is asked again. */
  failed(error: EvenmatchError): void;
  /** True when somebody listens here to events of this type. */
  hears(type: EventType): boolean;
}

/** How long to wait before a settled match is saved or announced again, in ms. */
const TRY_AGAIN = 1_000;

type Gained = Extract<OwnerEvent, { type: "gained" }>;

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
  /** Proposed or due to expire, and not answered yet: neither waiting nor gone. */
  readonly #away = new Map<string, Ticket>();
  readonly #checks = new Map<string, ReadyCheck>();
  readonly #tasks = new Set<Promise<unknown>>();
  /** Settled by us, and not heard of as a change yet. */
  readonly #settling = new Map<string, () => void>();
  /** Ends the waiting for people and allocators: the runner stops, or the lease is lost. */
  readonly #halt = new AbortController();
  /** Ends everything else: the lease is lost, or the runner has stopped. */
  readonly #end = new AbortController();
  #seq: number;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(
    private readonly lease: Lease,
    private readonly queue: Queue,
    private readonly around: Surroundings,
    seq: number,
    /** Called when what this runner knows of the pool may no longer be true: it has to be gained anew. */
    private readonly onDoubt: () => void,
  ) {
    this.#seq = seq;
    const { strategy, waveMs } = queue;
    const { clock, store } = around;
    this.#driver = new Driver({
      strategy,
      waveMs,
      stopwatch: () => clock.stopwatch(),
      wantsInputs: () => around.hears("pass"),
      onPass: (pass) => this.#passed(pass),
      onExpire: (ticket) => this.#task(this.#expire(ticket)),
      onError: (error) => this.#tell("error", { error }),
    });
    this.#decisions = new Batcher((decisions) => store.decide(lease, decisions, { now: clock.now(), signal: this.#end.signal }), {
      clock,
      patienceMs: Infinity,
      signal: this.#end.signal,
      onRetry: (error) => around.failed(error),
    });
    onAbort(lease.lost, () => this.lose());
  }

  /** Takes over: the pool as the store keeps it, and the matches that an owner before left on their way. */
  gain({ waiting, pending }: Gained): void {
    this.#tell("pool.gained", { waiting: waiting.length, pending: pending.length, fence: this.lease.fence });
    this.#driver.gain(waiting, this.around.clock.now());
    for (const match of pending) this.#resume(match);
    this.#schedule();
  }

  hear(changes: readonly PoolChange[]): void {
    if (this.#end.signal.aborted) return;
    for (const { seq, at, change } of changes) {
      this.#seq = seq;
      this.#apply(change, at);
    }
    this.#schedule();
  }

  answer(question: Question): Answer {
    const { strategy } = this.queue;
    if (question.type !== "explain" || !strategy.explain) return { type: "none" };
    const { pool } = this.#driver;
    const ticket = pool.get(question.ticketId);
    if (!ticket) return { type: "none" };
    try {
      return { type: "explanation", explanation: strategy.explain(ticket, pool, this.around.clock.now()) };
    } catch (cause) {
      const details = { rule: "explain does not throw", remedy: "Mend the strategy; matching goes on." };
      this.#tell("error", { error: asEvenmatchError(cause, "STRATEGY_FAILED", details) });
      return { type: "none" };
    }
  }

  /** How many tickets wait. */
  get waiting(): number {
    return this.#driver.pool.size;
  }

  /** Proposes nothing more, and resolves when what is under way has ended; what waits for people is left pending. */
  async stop(): Promise<void> {
    this.#halted();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.lose();
  }

  /** Drops everything at once: the pool has another owner, or this process no longer cares. */
  lose(): void {
    if (this.#end.signal.aborted) return;
    this.#halted();
    this.#tell("pool.lost", { fence: this.lease.fence });
    const rule = "only the owner of a pool decides";
    this.#end.abort(new EvenmatchError("LEASE_LOST", { rule, remedy: "Its next owner goes on." }));
    for (const heard of this.#settling.values()) heard();
  }

  #halted(): void {
    this.#halt.abort(new EvenmatchError("CLOSED", { rule: "a pool that is given up waits for nobody", remedy: "Its next owner goes on." }));
    this.#wake?.cancel();
    for (const check of this.#checks.values()) check.stop();
  }

  #apply(change: Change, at: number): void {
    const driver = this.#driver;
    switch (change.type) {
      case "joined":
        driver.joined(change.ticket, at);
        return this.#tell("ticket.joined", { ticket: change.ticket }, at);
      case "left":
      case "expired":
        this.#away.delete(change.ticket.id);
        driver.left(change.ticket.id, at);
        if (change.type === "expired") return this.#tell("ticket.expired", { ticket: change.ticket }, at);
        return this.#tell("ticket.left", { ticket: change.ticket, reason: "left" }, at);
      case "beat":
        return driver.beat(change.ticketId, at);
      case "leaving":
        return;
      case "claimed":
        this.#claimed(change.match, new Map());
        return this.#tell("match.claimed", { match: change.match }, at);
      case "answered":
        this.#checks.get(change.matchId)?.answered(change.playerId, change.accepted);
        return this.#answered(change, at);
      case "released":
        return this.#released(change, at);
      case "settled":
        return this.#settled(change.match, at);
      case "delivered":
        return this.#tell("match.delivered", { matchId: change.matchId }, at);
    }
  }

  #answered({ matchId, playerId, accepted }: Extract<Change, { type: "answered" }>, at: number): void {
    const ticketIds = this.#checks.get(matchId)?.ticketIds ?? [];
    this.#tell("match.answered", { matchId, playerId, accepted, ticketIds }, at);
  }

  #released({ matchId, returned, dropped, reason }: Extract<Change, { type: "released" }>, at: number): void {
    this.#checks.get(matchId)?.stop();
    this.#checks.delete(matchId);
    for (const ticket of dropped) {
      this.#driver.ended(ticket.id);
      this.#tell("ticket.left", { ticket, reason }, at);
    }
    for (const ticket of returned) {
      this.#away.delete(ticket.id);
      this.#tell("ticket.released", { ticket, matchId, reason }, at);
    }
    this.#driver.gaveBack(returned, at);
  }

  #passed({ proposals, at, ...pass }: DrivenPass<Ticket["players"][number]>): void {
    const claims = this.#halt.signal.aborted ? [] : proposals.map((proposal) => this.#claim(proposal, at));
    for (const claim of claims) this.#task(claim);
    if (!this.around.hears("pass")) return;
    const told = Promise.all(claims).then((results) => {
      const won = results.filter(({ gone }) => !gone).map(({ matchId }) => matchId);
      const lost = results.flatMap(({ matchId, gone }) => (gone ? [{ matchId, gone }] : []));
      this.#tell("pass", { ...pass, proposals, won, lost }, at);
    });
    this.#task(told);
  }

  async #claim({ teams, quality }: Proposal, at: number): Promise<{ matchId: string; gone?: readonly string[] }> {
    const { pool } = this.lease;
    const { acceptMs, allocator } = this.queue;
    const match: Match = {
      id: idOf(pool, this.around.uuid(at)),
      ...pool,
      teams,
      quality,
      createdAt: at,
      ...(acceptMs < Infinity && { acceptBy: Math.max(at, this.around.clock.now()) + acceptMs }),
    };
    const tickets = ticketsOf(match);
    for (const ticket of tickets) this.#away.set(ticket.id, ticket);
    const claiming = this.#decide({ type: "claim", match });
    // Nobody to ask and nothing to allocate: one call claims and settles. A claim that loses leaves nothing to settle.
    if (acceptMs === Infinity && !allocator) this.#task(this.#settle(match.id));
    const outcome = await claiming;
    if (outcome.type === "claimed") return { matchId: match.id };
    const back = tickets.filter(({ id }) => !outcome.ticketIds.includes(id) && this.#away.has(id));
    for (const { id } of tickets) this.#away.delete(id);
    this.#driver.gaveBack(back, this.around.clock.now());
    this.#schedule();
    return { matchId: match.id, gone: outcome.ticketIds };
  }

  async #expire(ticket: Ticket): Promise<void> {
    this.#away.set(ticket.id, ticket);
    const { type } = await this.#decide({ type: "expire", ticketId: ticket.id });
    if (!this.#away.delete(ticket.id) || type !== "live") return;
    this.#driver.gaveBack([ticket], this.around.clock.now());
    this.#schedule();
  }

  #claimed(match: Match, answers: Map<string, boolean>): void {
    for (const { id } of ticketsOf(match)) {
      this.#away.delete(id);
      this.#driver.pool.remove(id);
    }
    if (match.acceptBy !== undefined || this.queue.allocator) this.#task(this.#prepare(match, answers));
  }

  /** From claimed to settled: everyone accepts, and the allocator says where. Whatever fails on the way releases. */
  async #prepare(match: Match, answers: Map<string, boolean>): Promise<void> {
    if (match.acceptBy !== undefined && !(await this.#accepted(match, answers))) return;
    const { allocator } = this.queue;
    if (!allocator) return this.#settle(match.id);
    try {
      const assignment = await assignmentOf(match, allocator, this.around.clock, this.#halt.signal);
      await this.#settle(match.id, assignment);
    } catch (error) {
      if (!(error instanceof EvenmatchError) || error.code !== "ALLOCATION_FAILED") throw error;
      this.#tell("error", { error });
      await this.#decide({ type: "release", matchId: match.id, drop: [], reason: "allocation" });
    }
  }

  async #accepted(match: Match, answers: Map<string, boolean>): Promise<boolean> {
    const check = new ReadyCheck(match, answers, this.around.clock);
    this.#checks.set(match.id, check);
    const verdict = await check.verdict;
    if (verdict.type === "accepted" || verdict.type === "stopped") return verdict.type === "accepted";
    const { type: reason, drop } = verdict;
    const outcome = await this.#decide({ type: "release", matchId: match.id, drop, reason });
    return outcome.type === "accepted";
  }

  /** Ends when the change has come by, too: only then the delivery is under way. */
  async #settle(matchId: string, assignment?: Assignment): Promise<void> {
    const heard = new Promise<void>((resolve) => this.#settling.set(matchId, resolve));
    const { type } = await this.#decide({ type: "settle", matchId, assignment });
    if (type === "settled") await heard;
    this.#settling.delete(matchId);
  }

  #settled(match: Match, at: number): void {
    this.#settling.get(match.id)?.();
    this.#checks.delete(match.id);
    for (const { id } of ticketsOf(match)) this.#driver.ended(id);
    this.#task(this.#deliver(match, at));
  }

  /** After the point of no return: saved and announced, and only then no longer pending. */
  async #deliver(match: Match, at: number): Promise<void> {
    const { around } = this;
    const event = this.#event("match.settled", { match }, at);
    around.emit(event);
    await Promise.all([this.#surely(() => around.save(match)), this.#surely(() => around.publish(event))]);
    await this.#decide({ type: "deliver", matchId: match.id });
  }

  /** Repeats what is safe to repeat until it is done, or somebody else has to do it. */
  async #surely(attempt: () => Promise<unknown> | undefined): Promise<void> {
    for (;;) {
      try {
        return void (await attempt());
      } catch (cause) {
        this.#end.signal.throwIfAborted();
        this.around.failed(asEvenmatchError(cause, "STORE_UNAVAILABLE", { rule: "a settled match is saved and announced", remedy: "See the cause; it is tried again." }));
        await pause(this.around.clock, TRY_AGAIN, this.#end.signal);
      }
    }
  }

  #resume({ match, state, answers }: PendingMatch): void {
    if (state === "settled") return this.#settled(match, this.around.clock.now());
    this.#claimed(match, answers);
    const isDirect = match.acceptBy === undefined && !this.queue.allocator;
    if (isDirect) this.#task(this.#settle(match.id));
  }

  #decide<D extends Decision>(decision: D): Promise<Outcomes[D["type"]]> {
    return this.#decisions.add(decision) as Promise<Outcomes[D["type"]]>;
  }

  #schedule(): void {
    const at = this.#driver.due;
    if (this.#wake?.at === at) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (at === Infinity || this.#halt.signal.aborted) return;
    const cancel = this.around.clock.at(at, () => {
      this.#wake = undefined;
      this.#driver.advance(this.around.clock.now());
      this.#schedule();
    });
    this.#wake = { at, cancel };
  }

  /** Keeps what runs, so that `stop` can wait for it. What a lost lease or a stop ends early is no error. */
  #task(running: Promise<unknown>): void {
    const kept = running.then(
      () => void this.#tasks.delete(kept),
      (cause: unknown) => {
        this.#tasks.delete(kept);
        if (this.#halt.signal.aborted) return;
        const error = asEvenmatchError(cause, "STORE_UNAVAILABLE", {
          rule: "a decision is answered",
          remedy: "See the cause; the pool is dropped here and gained anew.",
        });
        if (error.code !== "LEASE_LOST") {
          this.#tell("error", { error });
          this.onDoubt();
        }
        this.lose();
      },
    );
    this.#tasks.add(kept);
  }

  #tell<Type extends EventType>(type: Type, data: LifeEvents[Type], at = this.around.clock.now()): void {
    const event = this.#event(type, data, at);
    this.around.emit(event);
    this.around.publish(event)?.catch((error: unknown) => this.around.failed(error as EvenmatchError));
  }

  #event<Type extends EventType>(type: Type, data: LifeEvents[Type], at: number): BusEvent {
    return { v: 1, type, at, pool: this.lease.pool, seq: this.#seq, data } as unknown as BusEvent;
  }
}
