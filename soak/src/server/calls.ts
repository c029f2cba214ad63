import {
  type Decision,
  type EventBus,
  type MatchStore,
  type Request,
  type TicketStore,
} from "@evenmatch/core";
import type { FaultStep } from "@evenmatch/testkit";
import type { Phase } from "./orders.js";

interface Trap {
  readonly step: FaultStep;
  readonly phase: Phase;
  /** Resolves when what is held may go on. */
  readonly sprung: Promise<void>;
  readonly release: () => void;
}

/**
 * The calls of one process on its ports: counts those under way, and holds one where a fault is to strike. They are
 * the calls of the matchmaker itself, so what is counted is what it waits for.
 */
export class Calls {
  /** Called when a call is held. */
  onHeld: () => void = () => {};
  /** Claims that the store has confirmed. */
  claimed = 0;
  readonly #underWay = new Map<FaultStep, number>();
  #trap: Trap | undefined;
  #isHolding = false;

  /** How many calls with a step are under way. */
  underWay(step: FaultStep): number {
    return this.#underWay.get(step) ?? 0;
  }

  arm(step: FaultStep, phase: Phase): void {
    this.disarm();
    let release = (): void => {};
    const sprung = new Promise<void>((resolve) => (release = resolve));
    this.#trap = { step, phase, sprung, release };
  }

  disarm(): void {
    this.#trap?.release();
    this.#trap = undefined;
    this.#isHolding = false;
  }

  tickets(store: TicketStore): Required<TicketStore> {
    const typesOf = (inputs: readonly (Request | Decision)[]): FaultStep[] => [
      ...new Set(inputs.map(({ type }) => type)),
    ];
    return {
      coalesces: store.coalesces ?? false,
      submit: (requests, options) => this.#call(typesOf(requests), () => store.submit(requests, options)),
      decide: async (lease, decisions, options) => {
        const run = () => store.decide(lease, decisions, options);
        const outcomes = await this.#call(typesOf(decisions), run);
        this.claimed += outcomes.filter(({ type }) => type === "claimed").length;
        return outcomes;
      },
      own: (queues, options) => store.own(queues, options),
      read: (queries, options) => store.read(queries, options),
      ask: (pool, question, options) => store.ask(pool, question, options),
      time: () => store.time(),
    };
  }

  matches(store: MatchStore): MatchStore {
    return {
      save: (matches, options) => this.#call(["save"], () => store.save(matches, options)),
      get: (matchId, options) => store.get(matchId, options),
      list: (filter, options) => store.list(filter, options),
      report: (matchId, result, options) => store.report(matchId, result, options),
    };
  }

  events(bus: EventBus): EventBus {
    return {
      delivery: bus.delivery,
      publish: (events, options) => this.#call(["announce"], () => bus.publish(events, options)),
      subscribe: (handler, options) => bus.subscribe(handler, options),
    };
  }

  async #call<T>(steps: readonly FaultStep[], run: () => Promise<T>): Promise<T> {
    for (const step of steps) this.#underWay.set(step, this.underWay(step) + 1);
    try {
      const trap = this.#trap;
      const isMine = trap !== undefined && steps.includes(trap.step);
      if (isMine && trap.phase === "before") await this.#hold(trap);
      const result = await run();
      if (isMine && trap.phase === "after") await this.#hold(trap);
      return result;
    } finally {
      for (const step of steps) this.#underWay.set(step, this.underWay(step) - 1);
    }
  }

  /** Only the first call is held: the others show the store as busy as it is. */
  async #hold(trap: Trap): Promise<void> {
    if (this.#isHolding || this.#trap !== trap) return;
    this.#isHolding = true;
    this.onHeld();
    await trap.sprung;
  }
}
