/**
 * What the adapter needs of the driver `pg`, as structures: a `pg.Pool` of the application fits, and nothing of the
 * driver is imported for it. A test compares these with the driver's own types.
 */

/** A statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values?: unknown[];
  /**
   * The driver gives up on an answer after so many ms. A pool closes the connection then, as after every failure; on a
   * connection that was taken, whatever is sent next waits for that answer, and closing it is up to who took it.
   */
  readonly query_timeout?: number;
}

/** What a statement gave. */
export interface Rows {
  readonly rows: unknown[];
}

/** One connection to the server. */
export interface ClientLike {
  /** Sends a statement. */
  query(statement: Statement): Promise<Rows>;
  /** A notification has come. */
  on(event: "notification", listener: (message: Notification) => void): unknown;
  /** The connection broke. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** The connection has ended. */
  on(event: "end", listener: () => void): unknown;
}

/** A message of `NOTIFY`. */
export interface Notification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A connection that is made and ended by who uses it. */
export interface OwnClient extends ClientLike {
  /** Makes the connection. */
  connect(): Promise<unknown>;
  /** Ends it. */
  end(): Promise<void>;
}

/** A connection that was taken from a pool. */
export interface PooledClient extends ClientLike {
  /** Gives it back; with an error or `true`, it is closed instead. */
  release(error?: Error | boolean): void;
}

/** Connections that are shared, as `pg.Pool` is. */
export interface PoolLike {
  /** Sends a statement on any connection. */
  query(statement: Statement): Promise<Rows>;
  /**
   * Takes a connection; whoever takes one gives it back. By callback: what the server says in the same breath as that
   * the connection is ready is dealt with before a promise is heard, and an error that nobody listens for ends the
   * process.
   */
  connect(taken: (error: Error | undefined, client: PooledClient | undefined) => void): void;
  /** Tells of connections that break while nobody uses them; unheard, that ends the process. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** True from when it is told to end. */
  readonly ending?: boolean;
  /** How many connections it makes at most. */
  readonly options?: { readonly max?: number | undefined };
}

/** A pool that is made and ended by who uses it. */
export interface OwnPool extends PoolLike {
  /** Ends all connections. */
  end(): Promise<void>;
}
