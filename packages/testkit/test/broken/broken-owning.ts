import type { CallOptions, PendingMatch, PoolChange, PoolKey, WaitingTicket } from "@evenmatch/core";
import { EvenmatchError } from "@evenmatch/core";
import { broken } from "./broken.js";
import { OpenTicketStore, type OpenOwner, type OpenPool } from "./open-ticket-store.js";

function tells(wrong: (changes: readonly PoolChange[]) => readonly PoolChange[]): new () => OpenTicketStore {
  return class extends OpenTicketStore {
    protected override tell(pool: OpenPool, changes: readonly PoolChange[]): void {
      super.tell(pool, wrong(changes));
    }
  };
}

/** Leases, what owners hear, and who owns what. */
export const brokenOwning = [
  broken(
    "stale-lease",
    "lets every owner decide that ever was one",
    class extends OpenTicketStore {
      protected override isNewest(): boolean {
        return true;
      }
    },
  ),
  broken(
    "lost-told",
    "does not say that a pool is lost",
    class extends OpenTicketStore {
      protected override revoke(pool: OpenPool): void {
        const { lease } = pool;
        pool.lease = pool.owner = undefined;
        if (lease) this.lose(pool, lease);
      }
    },
  ),
  broken(
    "gained-waiting",
    "forgets heartbeats when a pool changes hands",
    class extends OpenTicketStore {
      protected override waiting(pool: OpenPool): WaitingTicket[] {
        return super.waiting(pool).map(({ ticket }) => ({ ticket }));
      }
    },
  ),
  broken(
    "gained-pending",
    "forgets settled matches when a pool changes hands",
    class extends OpenTicketStore {
      protected override pending(pool: OpenPool): PendingMatch[] {
        return super.pending(pool).filter(({ match, state }) => state === "claimed" || !match.assignment);
      }
    },
  ),
  broken(
    "gained-pending",
    "forgets answers when a pool changes hands",
    class extends OpenTicketStore {
      protected override pending(pool: OpenPool): PendingMatch[] {
        return super.pending(pool).map((one) => ({ ...one, answers: new Map() }));
      }
    },
  ),
  broken(
    "handover",
    "hands over the pool as it was without its latest ticket",
    class extends OpenTicketStore {
      #isHandover = false;
      protected override rebalance(): void {
        this.#isHandover = true;
        super.rebalance();
        this.#isHandover = false;
      }
      protected override waiting(pool: OpenPool): WaitingTicket[] {
        const waiting = super.waiting(pool);
        return this.#isHandover && pool.fence > 1 ? waiting.slice(0, -1) : waiting;
      }
    },
  ),
  broken(
    "ends-unheard",
    "tells nobody what ended while nobody ran a pool",
    class extends OpenTicketStore {
      protected override keep(): void {}
    },
  ),
  broken(
    "takeover-complete",
    "loses what comes while a pool changes hands",
    class extends OpenTicketStore {
      readonly #handing = new Set<OpenPool>();
      protected override grant(pool: OpenPool, owner: OpenOwner): void {
        super.grant(pool, owner);
        this.#handing.add(pool);
        queueMicrotask(() => this.#handing.delete(pool));
      }
      protected override tell(pool: OpenPool, changes: readonly PoolChange[]): void {
        if (!this.#handing.has(pool)) super.tell(pool, changes);
      }
    },
  ),
  broken(
    "changes-once",
    "tells some changes twice",
    tells((changes) => changes.flatMap((one) => (one.change.type === "left" ? [one, one] : [one]))),
  ),
  broken(
    "changes-in-order",
    "tells some changes in the wrong order",
    tells((changes) =>
      changes.length === 2 && changes[0]?.change.type === "claimed" ? changes.toReversed() : changes,
    ),
  ),
  broken(
    "fold-is-store",
    "does not tell that a match of an earlier owner was released",
    class extends OpenTicketStore {
      readonly #fences = new Map<string, bigint>();
      protected override tell(pool: OpenPool, changes: readonly PoolChange[]): void {
        const isTold = ({ change }: PoolChange): boolean => {
          if (change.type === "claimed") this.#fences.set(change.match.id, pool.fence);
          return change.type !== "released" || this.#fences.get(change.matchId) === pool.fence;
        };
        super.tell(pool, changes.filter(isTold));
      }
    },
  ),
  broken(
    "spread-evenly",
    "gives nothing to a fourth owner",
    class extends OpenTicketStore {
      protected override ownersOf(pool: OpenPool): OpenOwner[] {
        return super.ownersOf(pool).slice(0, 3);
      }
    },
  ),
  broken(
    "spread-calmly",
    "deals all pools anew when an owner leaves",
    class extends OpenTicketStore {
      protected override spread(
        owners: ReadonlyMap<OpenPool, OpenOwner | undefined>,
      ): Map<OpenPool, OpenOwner | undefined> {
        const hasLeft = [...owners.values()].some((owner) => owner && !this.owners.includes(owner));
        if (!hasLeft || owners.size < 9 || this.owners.length === 0) return super.spread(owners);
        return new Map(
          [...owners.keys()].map((pool, index) => [pool, this.owners[index % this.owners.length]]),
        );
      }
    },
  ),
  broken(
    "spread-offered",
    "gives pools to owners that did not offer to run them",
    class extends OpenTicketStore {
      protected override ownersOf(): OpenOwner[] {
        return this.owners;
      }
    },
  ),
  broken(
    "ask-answered",
    "answers in the words of its own",
    class extends OpenTicketStore {
      override async ask(
        pool: PoolKey,
        question: Parameters<OpenTicketStore["ask"]>[1],
        options: CallOptions,
      ): ReturnType<OpenTicketStore["ask"]> {
        return super.ask(
          pool,
          question.type === "estimate" ? { ...question, rating: Math.round(question.rating) } : question,
          options,
        );
      }
    },
  ),
  broken(
    "ask-nobody",
    "takes a pool that nobody owns for its own failure",
    class extends OpenTicketStore {
      protected override nobody(): Error {
        return new EvenmatchError("STORE_UNAVAILABLE", {
          rule: "a pool has an owner",
          remedy: "Wait.",
          retryable: true,
        });
      }
    },
  ),
  broken(
    "ask-lost",
    "lets a question hang when its owner is gone",
    class extends OpenTicketStore {
      protected override whenLost(): void {}
    },
  ),
  broken(
    "ask-aborted",
    "lets nobody give up a question",
    class extends OpenTicketStore {
      override async ask(
        pool: PoolKey,
        question: Parameters<OpenTicketStore["ask"]>[1],
        { signal }: CallOptions,
      ): ReturnType<OpenTicketStore["ask"]> {
        signal?.throwIfAborted();
        return super.ask(pool, question, {});
      }
    },
  ),
];
