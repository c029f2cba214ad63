/**
 * What the adapter needs of the driver `ioredis`, as structures: a `Redis` or `Cluster` of the application fits, and
 * nothing of the driver is imported for it. A test compares these with the driver's own types.
 */

/** What a command is sent with. */
export type Argument = string | number;

/** A client of a server, of servers behind a Sentinel, or of a Cluster. */
export interface RedisLike {
  /** True for a client of a Cluster, which has connections to all of its nodes. */
  readonly isCluster: boolean;
  readonly options: RedisLikeOptions;
  /** Sends any command. */
  call(command: string, args: Argument[]): Promise<unknown>;
  /** Sends commands one behind the other, on one connection. */
  pipeline(commands: unknown[][]): {
    /** Sends them, and answers with what each came to. */
    exec(): Promise<[error: Error | null, reply: unknown][] | null>;
  };
  /** A connection broke, or could not be made; it is made again. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Something was published on a channel that it subscribed to. */
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  /** Closes the connection; with `true` it is made again. */
  disconnect(reconnect?: boolean): void;
  /** Another client with the same options but for those given, in the order in which the driver takes them. */
  duplicate(...given: never[]): RedisLike;
}

/** Options of a client that matter here. */
export interface RedisLikeOptions {
  readonly keyPrefix?: string | undefined;
  /** Of a Cluster: the options of its connections. */
  readonly redisOptions?: { readonly keyPrefix?: string | undefined } | undefined;
}
