import type {
  CallOptions,
  Decision,
  DecisionOutcome,
  Lease,
  Millis,
  OwnerEvent,
  PoolKey,
  Query,
  Request,
  RequestOutcome,
  TimedOptions,
} from "@evenmatch/core";
import { EvenmatchError } from "@evenmatch/core";
import type { LifeState } from "@evenmatch/core/adapter";
import { nameOf, routeOf, step, type Input, type Step } from "@evenmatch/core/adapter";
import { broken } from "./broken.js";
import { OpenTicketStore, type OpenPool } from "./open-ticket-store.js";
import type { PoolChange } from "@evenmatch/core";

/** Long enough for another call to come in between. */
async function moment(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** Looks first and writes later, as a store does that reads and writes in two commands. */
function looksFirst(
  isMine: (input: Input) => boolean,
  overwrites: (right: Step<Input["type"]>, life: LifeState) => boolean,
): new () => OpenTicketStore {
  return class extends OpenTicketStore {
    readonly #seen = new Map<Input, Step<Input["type"]>>();

    override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
      await this.#look(requests, (request) => routeOf(request as Request), options.now);
      return super.submit(requests, options);
    }

    override async decide(
      lease: Lease,
      decisions: readonly Decision[],
      options: TimedOptions,
    ): Promise<DecisionOutcome[]> {
      await this.#look(decisions, () => lease.pool, options.now);
      return super.decide(lease, decisions, options);
    }

    async #look(
      inputs: readonly Input[],
      poolFor: (input: Input) => PoolKey | undefined,
      now: Millis,
    ): Promise<void> {
      const [input] = inputs;
      const pool = input && poolFor(input);
      if (!input || !pool || inputs.length > 1 || !isMine(input)) return;
      this.#seen.set(input, step(this.lifeOf(pool), input, now));
      await moment();
    }

    protected override step(life: LifeState, input: Input, now: Millis): Step<Input["type"]> {
      const right = step(life, input, now);
      const seen = this.#seen.get(input);
      return seen && overwrites(right, life) ? seen : right;
    }
  };
}

/** Batches, races, connections and what every call has in common. */
export const brokenCalls = [
  broken(
    "claim-or-leave",
    "answers a leave before it takes effect",
    class extends OpenTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        const [request] = requests;
        const pool = request && routeOf(request);
        if (request?.type !== "leave" || requests.length > 1 || !pool) return super.submit(requests, options);
        const { outcome } = step(this.lifeOf(pool), request, options.now);
        await moment();
        await super.submit(requests, options);
        return [outcome];
      }
    },
  ),
  broken(
    "claim-raced",
    "reads and claims in two commands",
    looksFirst(
      (input) => input.type === "claim",
      ({ outcome }, life) =>
        outcome.type === "gone" && outcome.ticketIds.every((id) => life.tickets.get(id)?.state === "claimed"),
    ),
  ),
  broken(
    "join-raced",
    "reads and joins in two commands",
    looksFirst(
      (input) => input.type === "join" && input.requestId === undefined,
      ({ outcome }) => outcome.type === "conflict",
    ),
  ),
  broken(
    "join-raced-request",
    "reads and keeps request ids in two commands",
    looksFirst(
      (input) => input.type === "join" && input.requestId !== undefined,
      ({ outcome }) => outcome.type === "same",
    ),
  ),
  broken(
    "join-full",
    "counts who waits once for a whole batch",
    class extends OpenTicketStore {
      #waiting = new Map<string, number>();
      protected override run<I extends Input, Out>(
        inputs: readonly I[],
        poolFor: (input: I) => PoolKey | undefined,
        now: Millis,
      ): Out[] {
        const pools = inputs.flatMap((input) => poolFor(input) ?? []);
        this.#waiting = new Map(pools.map((pool) => [nameOf(pool), this.lifeOf(pool).waitingIn(pool)]));
        return super.run(inputs, poolFor, now);
      }
      protected override step(life: LifeState, input: Input, now: Millis): Step<Input["type"]> {
        const right = step(life, input, now);
        if (
          input.type !== "join" ||
          right.outcome.type !== "full" ||
          (this.#waiting.get(nameOf(input.ticket)) ?? 0) >= (input.maxWaiting ?? 0)
        )
          return right;
        return step(life, { ...input, maxWaiting: undefined }, now);
      }
    },
  ),
  broken(
    "claim-in-batch",
    "checks the claims of a batch before it takes any",
    class extends OpenTicketStore {
      #free = new Set<string>();
      protected override run<I extends Input, Out>(
        inputs: readonly I[],
        poolFor: (input: I) => PoolKey | undefined,
        now: Millis,
      ): Out[] {
        const ids = inputs.flatMap((input) =>
          input.type === "claim" ? input.match.teams.flat().map(({ id }) => id) : [],
        );
        const lives = [...this.lives.values()];
        this.#free = new Set(
          ids.filter((id) => lives.some((life) => life.tickets.get(id)?.state === "waiting")),
        );
        return super.run(inputs, poolFor, now);
      }
      protected override step(life: LifeState, input: Input, now: Millis): Step<Input["type"]> {
        const right = step(life, input, now);
        if (input.type !== "claim" || right.outcome.type !== "gone") return right;
        const areFree = right.outcome.ticketIds.every(
          (id) => this.#free.has(id) && life.tickets.get(id)?.state === "claimed",
        );
        return areFree ? { outcome: { type: "claimed" }, changes: [] } : right;
      }
    },
  ),
  broken(
    "batch-decisions",
    "releases only what was claimed by an earlier batch",
    class extends OpenTicketStore {
      readonly #claimed = new Set<string>();
      protected override run<I extends Input, Out>(
        inputs: readonly I[],
        poolFor: (input: I) => PoolKey | undefined,
        now: Millis,
      ): Out[] {
        for (const input of inputs) if (input.type === "claim") this.#claimed.add(input.match.id);
        const outcomes = super.run<I, Out>(inputs, poolFor, now);
        this.#claimed.clear();
        return outcomes;
      }
      protected override step(life: LifeState, input: Input, now: Millis): Step<Input["type"]> {
        if (input.type === "release" && this.#claimed.has(input.matchId))
          return { outcome: { type: "unknown" }, changes: [] };
        return step(life, input, now);
      }
    },
  ),
  broken(
    "batch-requests",
    "answers a mixed batch kind by kind",
    class extends OpenTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        const outcomes = await super.submit(requests, options);
        const order = [...requests.keys()].sort((one, other) =>
          (requests[one]?.type ?? "") < (requests[other]?.type ?? "") ? -1 : 1,
        );
        return new Set(requests.map(({ type }) => type)).size > 1
          ? order.map((index) => outcomes[index] as RequestOutcome)
          : outcomes;
      }
    },
  ),
  broken(
    "batch-thousand",
    "takes no more than 500 at once",
    class extends OpenTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        return super.submit(requests.slice(0, 500), options);
      }
    },
  ),
  broken(
    "batch-empty",
    "fails on an empty batch",
    class extends OpenTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        if (requests.length === 0) throw new Error("syntax error at or near VALUES");
        return super.submit(requests, options);
      }
    },
  ),
  broken(
    "unknown-ids",
    "fails on ids that it cannot read",
    class extends OpenTicketStore {
      protected override one(
        key: PoolKey | undefined,
        input: Input,
        now: Millis,
        told: Map<OpenPool, PoolChange[]>,
      ): unknown {
        if (!key) throw new Error("not an id");
        return super.one(key, input, now, told);
      }
    },
  ),
  broken(
    "read-anywhere",
    "reads a player's ticket whatever the queue",
    class extends OpenTicketStore {
      protected override find(query: Query): ReturnType<OpenTicketStore["find"]> {
        if (query.type !== "player" || !this.lives.has(query.queue)) return super.find(query);
        for (const queue of this.lives.keys()) {
          const found = super.find({ ...query, queue });
          if (found) return found;
        }
        return undefined;
      }
    },
  ),
  broken(
    "time",
    "tells the time in fractions",
    class extends OpenTicketStore {
      override async time(): Promise<Millis> {
        return this.clock.now() + 0.5;
      }
    },
  ),
  broken(
    "aborted",
    "looks at the signal when all is done",
    class extends OpenTicketStore {
      override async submit(
        requests: readonly Request[],
        { now, signal }: TimedOptions,
      ): Promise<RequestOutcome[]> {
        const outcomes = await super.submit(requests, { now });
        signal?.throwIfAborted();
        return outcomes;
      }
    },
  ),
  broken(
    "own-aborted",
    "owns although the signal had aborted before",
    class extends OpenTicketStore {
      override own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
        return super.own(queues, signal?.aborted ? {} : { signal });
      }
    },
  ),
  broken(
    "join-without-owner",
    "refuses a join that nobody owns the pool of",
    class extends OpenTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        const isJoining = requests.some(({ type }) => type === "join");
        if (this.owners.length > 0 || !isJoining) return super.submit(requests, options);
        throw new EvenmatchError("STORE_UNAVAILABLE", {
          rule: "a join needs an owner",
          remedy: "Start one.",
          retryable: true,
        });
      }
    },
  ),
  broken(
    "regions-apart",
    "tells every region of a queue of a claim",
    class extends OpenTicketStore {
      protected override tell(pool: OpenPool, changes: readonly PoolChange[]): void {
        super.tell(pool, changes);
        for (const other of this.pools.values()) {
          if (other === pool || other.key.queue !== pool.key.queue) continue;
          for (const one of changes)
            if (one.change.type === "claimed") super.tell(other, [{ ...one, seq: ++other.seq }]);
        }
      }
    },
  ),
];
