import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { Broker, type LogRecord, type Member } from "../../src/log-store/broker.js";

/** A log whose owners are not told that their session ran out: they learn it when an append is refused. */
export class SilentBroker extends Broker {
  readonly #expired = new Set<string>();

  override expire(pool: PoolKey): void {
    this.#expired.add(nameOf(pool));
    super.expire(pool);
  }

  override join(member: Member): void {
    const revoke = member.revoked;
    member.revoked = (pool) => {
      if (!this.#expired.delete(nameOf(pool))) revoke(pool);
    };
    super.join(member);
  }
}

/** The same, and a broken one: it takes whatever is appended, whoever owned the pool when. */
export class UnfencedBroker extends SilentBroker {
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
