import { startRedis } from "@evenmatch/services";

// Starts a Redis, prints the URLs of so many empty databases of it as one line of JSON, and ends it when its standard
// input ends.
const count = Number(process.argv[2]);
await using server = await startRedis({ settings: { databases: count } });
console.log(JSON.stringify(Array.from({ length: count }, (_, index) => `${server.url}/${index}`)));
for await (const _ of process.stdin);
