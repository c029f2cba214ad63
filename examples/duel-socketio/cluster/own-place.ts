import { findPostgres, findRedis, freshDatabase, freshPrefix } from "@evenmatch/services";

/** Where a cluster keeps everything. */
export type Kind = "postgres" | "redis";

/** A part of its own for one cluster, on a server that is found on this machine or started. */
export interface OwnPlace {
  /** The server, and which release it is. */
  readonly name: string;
  /** What tells a process of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes it, and ends the server where it was started for it. */
  stop(): Promise<void>;
}

export async function ownPlace(kind: Kind): Promise<OwnPlace> {
  return kind === "redis" ? onRedis() : onPostgres();
}

async function onPostgres(): Promise<OwnPlace> {
  const server = await findPostgres();
  const database = await freshDatabase(server);
  return {
    name: `Postgres ${server.version}`,
    env: { DATABASE_URL: database.url },
    async stop() {
      await database.drop();
      await server.stop();
    },
  };
}

async function onRedis(): Promise<OwnPlace> {
  const server = await findRedis();
  const keys = freshPrefix(server);
  return {
    name: `Redis ${server.version}`,
    env: { REDIS_URL: server.url, REDIS_PREFIX: keys.prefix },
    async stop() {
      await keys.drop();
      await server.stop();
    },
  };
}
