import { findPostgres, freshDatabase } from "@evenmatch/services";

/** An empty database on a Postgres that is found on this machine or started. */
export interface OwnDatabase {
  readonly url: string;
  /** Of the server. */
  readonly version: string;
  /** Drops it, and ends the server where it was started for it. */
  stop(): Promise<void>;
}

export async function ownDatabase(): Promise<OwnDatabase> {
  const server = await findPostgres();
  const database = await freshDatabase(server);
  return {
    url: database.url,
    version: server.version,
    async stop() {
      await database.drop();
      await server.stop();
    },
  };
}
