import { freePorts } from "@evenmatch/services";
import { expect, it, onTestFinished, vi } from "vitest";
import { Servers, type Member } from "../cluster/servers.js";
import { environment, PATIENCE, queueSize, queueSizeBecomes, signIn, type Env } from "./table.js";

// Programs that start, stop and time out: for what hangs.
vi.setConfig({ testTimeout: 300_000 });

/** Two servers in processes of their own. */
async function two(env: Env = {}) {
  const died: string[] = [];
  const servers = await Servers.start({
    ports: await freePorts(2),
    env: environment(env),
    watch: { said: () => {}, died: ({ name }, how) => void died.push(`${name} ${how}`) },
  });
  onTestFinished(() => servers.close());
  const [one, other] = servers.members as unknown as [Member, Member];
  return { servers, one, other, died };
}

/** A number of one metric, over both servers. */
async function sum(servers: readonly { readonly url: string }[], metric: RegExp): Promise<number> {
  const texts = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return texts.reduce((total, text) => total + Number(metric.exec(text)?.[1] ?? 0), 0);
}

it("is one queue, whichever server somebody asks, and outlives either", async () => {
  const { servers, one, other, died } = await two({
    HEARTBEAT_MS: "60000",
    GRACE_MS: "60000",
    JOINS_PER_MINUTE: "0",
  });
  const [ann, bob] = [await signIn(one, "Ann"), await signIn(other, "Bob")];

  // Two servers, one match; and each hears of it once, where it is connected, though it has joined elsewhere.
  const [hers, his] = [await ann.at(other).connect(), await bob.connect()];
  expect((await ann.join({ topics: ["trees"] })).status).toBe(201);
  expect(await hers.hears("queue_joined")).toMatchObject({ preferences: { topics: ["trees"] } });
  expect(await queueSize(other)).toBe(1);
  expect(await ann.at(other).join()).toMatchObject({ status: 409 });
  await his.call("join_queue", {});
  const { match_id, partner_id } = await hers.hears("match_found");
  expect(partner_id).toBe(bob.id);
  expect(await his.hears("match_found")).toEqual({ match_id, partner_id: ann.id });
  const room = await ann.room(match_id);
  expect(await bob.room(match_id)).toEqual(room);
  expect(await bob.at(one).room(match_id)).toEqual(room);

  // They have met, at whichever server they ask now.
  expect((await ann.at(other).join()).status).toBe(201);
  expect((await bob.at(one).join()).status).toBe(201);
  await hers.hears("queue_joined");
  expect(await queueSize(one)).toBe(2);
  await Promise.all([ann.leave(), bob.leave()]);

  // One of them runs the pool: whoever dies, those who were connected there find their place at the other one.
  for (const [name, dying, left] of [
    ["server1", one, other],
    ["server2", other, one],
  ] as const) {
    const [early, late] = [await signIn(dying, "Early"), await signIn(left, "Late")];
    const lost = await early.connect();
    await lost.call("join_queue", {});
    const gone = new Promise((resolve) => lost.socket.once("disconnect", resolve));
    expect(servers.kill(name)).toBe(true);
    await gone;
    const back = await early.at(left).connect();
    expect(await back.hears("queue_joined")).toMatchObject({ status: "waiting" });
    expect((await late.join()).status).toBe(201);
    expect(await back.hears("match_found")).toEqual({ match_id: await late.matched(), partner_id: late.id });
    await servers.ready();
  }
  expect(died).toEqual(["server1 SIGKILL", "server2 SIGKILL"]);
  await queueSizeBecomes(one, 0);
});

it("leaves the queue with the last connection, at whichever server it was, and counts every match once", async () => {
  const { servers, one, other } = await two({ GRACE_MS: "200", HEARTBEAT_MS: "2000" });
  const ann = await signIn(one, "Ann");
  const [here, there] = [await ann.connect(), await ann.at(other).connect()];
  await here.call("join_queue", {});
  await there.hears("queue_joined");
  here.cut();
  // The other tab is still there, and says so for as long as it is.
  const bob = await signIn(other, "Bob");
  const his = await bob.connect();
  await his.call("join_queue", { difficulty: "hard" });
  his.cut();
  await queueSizeBecomes(one, 1);
  expect(await ann.status()).toMatchObject({ status: "waiting" });
  there.cut();
  await queueSizeBecomes(one, 0);

  // A server hangs, and nobody says that its visitors are there; when it goes on they still are, and wait again.
  const cid = await signIn(one, "Cid");
  const tab = await cid.connect();
  await tab.call("join_queue", {});
  await tab.hears("queue_joined");
  const { pid } = servers.members[0]!;
  process.kill(pid!, "SIGSTOP");
  onTestFinished(() => void process.kill(pid!, "SIGCONT"));
  await queueSizeBecomes(other, 0);
  process.kill(pid!, "SIGCONT");
  expect(await tab.hears("queue_joined")).toMatchObject({ status: "waiting" });
  // For a moment it may take its own standstill for one of Redis, and say so.
  await vi.waitFor(async () => expect(await cid.leave()).toMatchObject({ status: 200 }), PATIENCE);

  // Who never had a connection keeps the place by asking, and only so.
  await bob.join();
  await queueSizeBecomes(other, 0);

  const names = Array.from({ length: 8 }, (_, index) => `Visitor ${index}`);
  const visitors = await Promise.all(names.map((name, index) => signIn(index % 2 === 0 ? one : other, name)));
  await Promise.all(visitors.map((visitor) => visitor.join()));
  const matches = await Promise.all(visitors.map((visitor) => visitor.matched()));
  expect(new Set(matches).size).toBe(4);
  await vi.waitFor(async () => {
    expect(await sum(servers.members, /practice_rooms_total\{[^}]*\} (\d+)/)).toBeGreaterThan(0);
    const all = /^practice_tickets_ended_total\{how="matched"\} (\d+)$/m;
    expect(await sum(servers.members, all)).toBe(8);
  }, PATIENCE);
});
