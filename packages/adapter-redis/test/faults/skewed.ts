import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { Redis } from "ioredis";
import { redisEventBus, redisTicketStore } from "../../src/index.js";

// A process whose clock is wrong by so many ms. It runs pools and joins one player, says what came of it as JSON, and
// stays until its standard input ends.
const [url = "", prefix = "", skew = "", player = ""] = process.argv.slice(2);
const realNow = Date.now;
Date.now = () => realNow() + Number(skew);

const redis = new Redis(url);
const tickets = redisTicketStore(redis, { prefix, leaseMs: 1_000 });
const events = redisEventBus(redis, { prefix });
const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
const matchmaker = new Matchmaker({ queues, tickets, events });
const say = (what: unknown): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
matchmaker.on("error", ({ data }) => say({ error: data.error.message }));
matchmaker.on("pool.lost", () => say({ lost: true }));

await matchmaker.start();
say({ started: true });
say({ match: await matchmaker.find("classic", { players: [{ id: player, rating: 1500 }] }) });
process.stdin.on("end", () => {
  void matchmaker
    .close()
    .then(() => Promise.all([tickets.close(), events.close()]))
    .then(() => process.exit(0));
});
process.stdin.resume();
