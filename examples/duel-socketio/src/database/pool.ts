import pg from "pg";

/** One connection hears Socket.IO's messages and the library's keep theirs; the others are for statements. */
const CONNECTIONS = 16;

/** Connections to the database. One that breaks is replaced by the next statement, and whoever used it is told. */
export function openPool(url: string, name: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    keepAlive: true,
    application_name: `duel ${name}`,
  });
  const nothingElse = (): void => {};
  pool.on("error", nothingElse);
  // Whoever has a connection for long may not listen for its end.
  pool.on("connect", (client) => client.on("error", nothingElse));
  return pool;
}
