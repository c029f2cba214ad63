import type { Durability } from "./durability.js";

/** What a server process needs to reach Redis. */
export interface RedisSettings {
  readonly name: string;
  /** By way of the proxy of this process. */
  readonly url: string;
  readonly replicas?: NonNullable<Durability["replicas"]>;
}
