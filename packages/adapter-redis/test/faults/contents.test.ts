import { startRedis } from "@evenmatch/services";
import { expect } from "vitest";
import { Redis } from "ioredis";
import { redisTicketStore, type RedisLike } from "../../src/index.js";
import { quiet } from "../ticket/subject.js";
import { fault, refused, works } from "./row.js";
import { aTicket, join, knows, NOON, POOL, Process, TAG } from "./process.js";

fault("a key of ours is somebody else's", async (row) => {
  await using server = await startRedis();
  await using process = new Process(server.url);
  const [ann, bob] = [aTicket(), aTicket()];
  const batch = () => process.tickets.submit([{ type: "leave", ticketId: ann.id }, join(bob)], { now: NOON });
  const dump = async (): Promise<unknown> => {
    const names = ((await server.call("KEYS", `${TAG}*`)) as string[]).sort();
    return Promise.all(names.map(async (name) => [name, await server.call("DUMP", name)]));
  };
  for (const name of [
    "pool:eu",
    "waiting:eu",
    "claimed:eu",
    "players",
    "changes:eu",
    "clock",
    "pools",
    "news",
  ]) {
    await server.call("FLUSHALL");
    // Those of a pool that is not there yet are looked at when it is made.
    if (name !== "pools" && name !== "news") expect(await process.join(ann)).toBe("added");
    await server.call("DEL", TAG + name);
    // A text is what belongs there in one of them.
    await server.call(name === "clock" ? "SADD" : "SET", TAG + name, "theirs");
    const before = await dump();
    await refused(row, { [name]: batch });
    expect(await dump()).toEqual(before);
  }
  await server.call("DEL", `${TAG}news`);
  await works(process.calls);
});

fault("a ticket's record cannot be read", async () => {
  await using server = await startRedis();
  await using process = new Process(server.url);
  const [ann, bob, cara, dan] = [aTicket(), aTicket(), aTicket(), aTicket()];
  for (const one of [ann, bob, cara, dan]) await process.join(one);
  const garbage = ["", "what?", "w--\n\n", "w--\n\n\nnobody\n1 2 3\t{"];
  await server.call("HSET", `${TAG}waiting:eu`, ann.id, garbage[1]!);
  // Whoever waited by it may join anew, and everybody else goes on.
  const again = { ...ann, id: `${ann.id}again` };
  expect(await process.join(again)).toBe("added");
  await server.call("HSET", `${TAG}waiting:eu`, bob.id, garbage[2]!);
  const [left] = await process.tickets.submit([{ type: "leave", ticketId: bob.id }], { now: NOON });
  expect(left?.type).toBe("unknown");
  await server.call("HSET", `${TAG}waiting:eu`, cara.id, garbage[3]!);
  const worker = process.worker();
  await knows(() => worker, [again, dan]);
  expect(process.problems.map(({ received }) => received)).toEqual([ann.id, bob.id, cara.id]);
  expect(Object.entries((await hash(server.url, `${TAG}corrupt`)) ?? {}).sort()).toEqual(
    [
      [ann.id, garbage[1]],
      [bob.id, garbage[2]],
      [cara.id, garbage[3]],
    ].sort(),
  );
});

async function hash(url: string, key: string): Promise<Record<string, string>> {
  const client = new Redis(url);
  const found = await client.hgetall(key);
  client.disconnect();
  return found;
}

fault("a match's record cannot be read", async () => {
  await using server = await startRedis();
  await using process = new Process(server.url);
  const tickets = [aTicket(), aTicket(), aTicket(), aTicket()];
  for (const one of tickets) await process.join(one);
  const worker = process.worker();
  await knows(() => worker, tickets);
  const matches = [0, 2].map((n) => ({
    ...POOL,
    id: `duel.eu.m${n}`,
    teams: [[tickets[n]!], [tickets[n + 1]!]],
    quality: 1,
    createdAt: NOON,
  }));
  await process.tickets.decide(
    worker.lease!,
    matches.map((match) => ({ type: "claim", match })),
    { now: NOON },
  );
  await server.call("HSET", `${TAG}pending:eu`, "duel.eu.m0", "what?");
  const outcomes = await process.tickets.decide(
    worker.lease!,
    matches.map(({ id }) => ({ type: "settle", matchId: id })),
    { now: NOON },
  );
  expect(outcomes.map(({ type }) => type)).toEqual(["unknown", "settled"]);
  expect(process.problems.map(({ received }) => received)).toEqual(["duel.eu.m0"]);
});

fault("names and attributes with quotes, emoji and whatever scripts are made of", async () => {
  await using server = await startRedis();
  await using process = new Process(server.url);
  const texts = ["O'Brien", '"', "]]", "a\nb\tc\r", "\0", "\u2028", "🎲", "{x}", "名前", "\\n", "%s"];
  const tickets = texts.map((text) => aTicket({ players: [{ id: text, rating: 1, attributes: { text } }] }));
  for (const one of tickets) expect(await process.join(one)).toBe("added");
  const found = await process.tickets.read(
    texts.map((playerId) => ({ type: "player", playerId, queue: "duel" })),
    {},
  );
  expect(found.map((one) => one?.type === "ticket" && one.ticket)).toEqual(tickets);
});

fault("attributes of 1 MB", async () => {
  await using server = await startRedis();
  await using process = new Process(server.url, { timeoutMs: 10_000 });
  const tickets = Array.from({ length: 8 }, () => aTicket({}, { note: "n".repeat(1_000_000) }));
  const outcomes = await process.tickets.submit(tickets.map(join), { now: NOON });
  expect(outcomes.map(({ type }) => type)).toEqual(tickets.map(() => "added"));
  const worker = process.worker();
  await knows(() => worker, tickets);
});

fault("the client puts a prefix before keys", async (row) => {
  const client = new Redis({ keyPrefix: "app:", lazyConnect: true });
  await refused(row, { make: async () => redisTicketStore(client) });
  client.disconnect();
});

fault("a command has another name", async (row) => {
  await using server = await startRedis({ settings: { "rename-command": "XADD NOTHING" } });
  await using process = new Process(server.url);
  const { join } = await refused(row, process.calls);
  expect(join?.received).toBe("xadd");
});

fault("the server is older than Redis 6.2", async (row) => {
  await using server = await startRedis();
  const client = quiet(new Redis(server.url));
  // No such server is to be had: one that says so.
  const old: RedisLike = {
    isCluster: false,
    options: {},
    call: async (command, args) =>
      command === "info" ? "redis_version:6.0.16\r\n" : client.call(command, args),
    pipeline: (commands) => client.pipeline(commands),
    on: (event, listener) => client.on(event, listener),
    disconnect: () => client.disconnect(),
    duplicate: () => client.duplicate(),
  };
  await using process = new Process(old);
  const { join } = await refused(row, process.calls);
  expect(join?.received).toBe("6.0.16");
  client.disconnect();
});
