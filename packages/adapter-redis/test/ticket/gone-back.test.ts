import { createHash } from "node:crypto";
import { startRedis } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { redisTicketStore, type RedisLike } from "../../src/index.js";
import type { Script } from "../../src/connection/script.js";
import { TAKE, WALK } from "../../src/script/owning.js";
import { SUBMIT } from "../../src/script/submit.js";
import { quiet } from "./subject.js";
import { NOW, play, ticket, until, Worker, type Play } from "./worker.js";

/** A server that can be made to go back to what it was, as one that dies and comes back without its newest does. */
class Past {
  readonly #stage: Play;
  readonly #copies: string;

  constructor(stage: Play) {
    this.#stage = stage;
    this.#copies = `{${stage.prefix}:duel}past:`;
  }

  async keep(): Promise<void> {
    await this.#copy("", this.#stage.tag, this.#copies);
  }

  /** In one step: nobody sees anything in between. */
  async comeBack(): Promise<void> {
    await this.#copy("del", this.#copies, this.#stage.tag);
  }

  async #copy(first: string, from: string, to: string): Promise<void> {
    const script = `
      if ARGV[1] == 'del' then for _, key in ipairs(redis.call('KEYS', ARGV[3] .. '*')) do redis.call('DEL', key) end end
      for _, key in ipairs(redis.call('KEYS', ARGV[2] .. '*')) do
        redis.call('COPY', key, ARGV[3] .. string.sub(key, #ARGV[2] + 1), 'REPLACE')
      end`;
    await this.#stage.command("eval", script, 1, from, first, from, to);
  }
}

interface Calls {
  before?(command: string, args: readonly unknown[]): unknown;
  after?(command: string, args: readonly unknown[]): unknown;
}

/** A client whose calls are looked at, before they go out and after they were answered. */
function watched({ before, after }: Calls, { url } = sharedRedis()): RedisLike {
  const client = quiet<RedisLike>(new Redis(url));
  onTestFinished(() => client.disconnect());
  const call = client.call.bind(client);
  client.call = async (command, args) => {
    await before?.(command, args);
    const reply = await call(command, args);
    await after?.(command, args);
    return reply;
  };
  return client;
}

function isCallOf({ text }: Script, command: string, args: readonly unknown[]): boolean {
  const digest = createHash("sha1").update(text).digest("hex");
  return (command === "evalsha" && args[0] === digest) || (command === "eval" && args[0] === text);
}

const named = (...names: string[]): string[] => names.map((name) => ticket(name).id);

it("a pool that is taken while the server goes back is read from one history alone", () =>
  play({}, async (stage) => {
    const { prefix, store, join } = stage;
    await join("a", "b");
    const past = new Past(stage);
    let isBack = false;
    const client = watched({
      async after(command, args) {
        if (isBack || !isCallOf(TAKE, command, args)) return;
        await past.keep();
        await store.submit([{ type: "leave", ticketId: ticket("b").id }], { now: NOW });
      },
      async before(command, args) {
        if (isBack || command !== "xrange" || !String(args[0]).includes("changes")) return;
        isBack = true;
        await past.comeBack();
      },
    });
    const worker = new Worker(redisTicketStore(client, { prefix }));
    await until(() => worker.lease);
    expect(isBack).toBe(true);
    await until(() => worker.known.length === 2);
    expect(worker.known.sort()).toEqual(named("a", "b"));
    await worker.stop();
    await worker.store.close();
  }));

it("a pool that is taken while the server is started anew is walked through anew, as its cursors mean something else then", async () => {
  await using server = await startRedis({ settings: { appendonly: true, appendfsync: "always" } });
  const names = Array.from({ length: 4_000 }, (_, index) => `p${index}`);
  await play(
    {},
    async ({ prefix, join }) => {
      await join(...names);
      let parts = 0;
      const client = watched(
        {
          async before(command, args) {
            const isPart = isCallOf(WALK, command, args) && String(args[3]).includes("waiting");
            if (!isPart || ++parts !== 4) return;
            await server.kill();
            await server.start();
          },
        },
        server,
      );
      const worker = new Worker(redisTicketStore(client, { prefix }));
      await until(() => worker.known.length === names.length);
      expect(parts).toBeGreaterThan(4);
      expect(worker.known.sort()).toEqual(named(...names).sort());
      await worker.stop();
      await worker.store.close();
    },
    server,
  );
});

it("an owner finds out that the server went back, also where a call was sent again and took the place that it had", () =>
  play({ leaseMs: 60_000 }, async (stage) => {
    const { admin, prefix, join, worker } = stage;
    const owner = worker();
    await join("a");
    await until(() => owner.known.length === 1);
    const past = new Past(stage);
    await past.keep();
    await join("b");
    let sent: [string, unknown[]] | undefined;
    const other = redisTicketStore(
      watched({
        before: (command, args) => {
          if (isCallOf(SUBMIT, command, args)) sent = [command, [...args]];
        },
      }),
      { prefix },
    );
    await other.submit([{ type: "join", ticket: ticket("c") }], { now: NOW });
    await until(() => owner.known.length === 3);
    await past.comeBack();
    await join("d");
    // As a driver does whose connection broke before the answer came.
    await admin.call(...(sent as [string, string[]]));
    await join("e");
    await until(() => owner.known.includes(ticket("d").id));
    expect(owner.known.sort()).toEqual(named("a", "c", "d", "e"));
    await other.close();
  }));

it("a new pool that is taken as the server has just lost all of it is found by whoever comes next", () =>
  play({}, async (stage) => {
    const { prefix, join } = stage;
    const past = new Past(stage);
    await past.keep();
    await join("a");
    let isBack = false;
    const client = watched({
      async before(command, args) {
        if (isBack || !isCallOf(TAKE, command, args)) return;
        isBack = true;
        await past.comeBack();
      },
    });
    const worker = new Worker(redisTicketStore(client, { prefix }));
    await until(() => isBack);
    await join("b");
    await until(() => worker.known.length === 1);
    expect(worker.known).toEqual(named("b"));
    await worker.stop();
    const next = new Worker(redisTicketStore(watched({}), { prefix }));
    await until(() => next.known.length === 1);
    await next.stop();
    await next.store.close();
    await worker.store.close();
  }));
