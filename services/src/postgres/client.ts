import { Client } from "pg";

/** Runs work on a connection of its own, which ends with it. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "evenmatch-services" });
  // A connection that the server cuts while it is idle says so by an event, which nobody may leave unheard.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
