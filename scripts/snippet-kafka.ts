import { startKafka } from "@evenmatch/services";

// Starts a Kafka, prints its brokers so many times as one line of JSON, and ends it when its standard input ends.
// Snippets share it: each has topics of its own.
const count = Number(process.argv[2]);
await using server = await startKafka();
console.log(JSON.stringify(Array.from({ length: count }, () => server.brokers.join(","))));
for await (const _ of process.stdin);
