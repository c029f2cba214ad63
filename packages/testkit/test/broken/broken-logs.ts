import {
  EvenmatchError,
  type PoolKey,
  type Request,
  type RequestOutcome,
  type TimedOptions,
} from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { Broker, type LogRecord, type Member } from "../../src/log-store/broker.js";
import { LogTicketStore, type LogTicketStoreOptions } from "../../src/log-store/log-ticket-store.js";

/** A log whose owners are not told that their session ran out: they learn it when an append is refused. */
export class SilentBroker extends Broker {
  readonly #expired = new Set<string>();
  /** How many offer to own pools. */
  members = 0;

  override expire(pool: PoolKey): void {
    this.#expired.add(nameOf(pool));
    super.expire(pool);
  }

  override join(member: Member): void {
    this.members++;
    const revoke = member.revoked;
    member.revoked = (pool) => {
      if (!this.#expired.delete(nameOf(pool))) revoke(pool);
    };
    super.join(member);
  }

  override leave(member: Member): void {
    this.members--;
    super.leave(member);
  }
}

/** Takes whatever is appended, whoever owned the pool when. */
class UnfencedBroker extends SilentBroker {
  readonly #epochs = new Map<string, bigint>();

  override async fence(pool: PoolKey): Promise<bigint> {
    const epoch = await super.fence(pool);
    this.#epochs.set(nameOf(pool), epoch);
    return epoch;
  }

  override append(pool: PoolKey, epoch: bigint, records: readonly LogRecord[]): Promise<void> {
    return super.append(pool, this.#epochs.get(nameOf(pool)) ?? epoch, records);
  }
}

/** Stores on a log that each do one thing wrong, with the one case that must find it. */
export const brokenLogs: readonly {
  readonly caseId: string;
  readonly wrong: string;
  readonly log?: new () => SilentBroker;
  readonly store?: new (broker: SilentBroker, options: LogTicketStoreOptions) => LogTicketStore;
}[] = [
  { caseId: "stale-lease", wrong: "has no fence", log: UnfencedBroker },
  {
    caseId: "unique-per-pool",
    wrong: "checks players in all regions of a queue",
    store: class extends LogTicketStore {
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        const [request] = requests;
        if (request?.type !== "join" || requests.length > 1) return super.submit(requests, options);
        const { queue, region, players } = request.ticket;
        const queries = players.map(({ id }) => ({ type: "player", playerId: id, queue }) as const);
        const other = (await this.read(queries, options)).find(
          (found) => found?.type === "ticket" && found.ticket.region !== region,
        );
        return other?.type === "ticket"
          ? [{ type: "conflict", ticket: other.ticket }]
          : super.submit(requests, options);
      }
    },
  },
  {
    caseId: "join-awaits-owner",
    wrong: "refuses for good a join that nobody takes up",
    store: class extends LogTicketStore {
      constructor(
        private readonly log: SilentBroker,
        options: LogTicketStoreOptions,
      ) {
        super(log, options);
      }
      override async submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]> {
        if (this.log.members > 0 || requests.every(({ type }) => type !== "join"))
          return super.submit(requests, options);
        throw new EvenmatchError("STORE_UNAVAILABLE", {
          rule: "a join needs an owner",
          remedy: "Start one.",
          retryable: false,
        });
      }
    },
  },
];
