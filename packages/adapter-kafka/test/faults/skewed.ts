import type { EvenmatchError } from "@evenmatch/core";
import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { kafkaClient } from "@evenmatch/services";
import { kafkaEventBus, kafkaTicketStore } from "../../src/index.js";

// A process whose clock is wrong by so many ms. It runs pools and joins one player, says what came of it as JSON, and
// stays until its standard input ends.
const [brokers = "", prefix = "", skew = "", player = ""] = process.argv.slice(2);
const realNow = Date.now;
Date.now = () => realNow() + Number(skew);

const kafka = kafkaClient({ brokers: brokers.split(",") });
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const tickets = kafkaTicketStore(kafka, { prefix, onProblem: ({ message }) => say({ error: message }) });
const events = kafkaEventBus(kafka, { topic: `${prefix}-events` });
const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
const matchmaker = new Matchmaker({ queues, tickets, events });
matchmaker.on("error", ({ data }) => say({ error: data.error.message }));
matchmaker.on("pool.lost", () => say({ lost: true }));

await matchmaker.start();
say({ started: true });
try {
  say({ match: await matchmaker.find("duel", { players: [{ id: player, rating: 1500 }] }) });
} catch (error) {
  const { code, retryable, message } = error as EvenmatchError;
  say({ refused: { code, retryable, message } });
}
process.stdin.on("end", () => {
  void matchmaker
    .close()
    .then(() => Promise.all([tickets.close(), events.close()]))
    .then(() => process.exit(0));
});
process.stdin.resume();
