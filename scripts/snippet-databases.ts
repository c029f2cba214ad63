import { findPostgres, freshDatabase } from "@evenmatch/services";

// Finds or starts a Postgres, prints the URLs of so many empty databases as one line of JSON, and drops them all when
// its standard input ends.
const count = Number(process.argv[2]);
const server = await findPostgres();
const databases = await Promise.all(Array.from({ length: count }, () => freshDatabase(server)));
console.log(JSON.stringify(databases.map(({ url }) => url)));
for await (const _ of process.stdin);
await Promise.all(databases.map((database) => database.drop()));
await server.stop();
