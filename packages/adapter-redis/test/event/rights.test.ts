import { readFile } from "node:fs/promises";
import { startRedis } from "@evenmatch/services";
import { event, seqs } from "@evenmatch/services/vitest/adapter";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { redisEventBus } from "../../src/index.js";
import { quiet, until } from "./subject.js";

it.each(["at-least-once", "at-most-once"] as const)(
  "a user with the rights that the docs list has a bus that delivers %s, and with one less is told which",
  async (delivery) => {
    const page = await readFile(new URL("../../../../docs/redis-events.md", import.meta.url), "utf8");
    const [, rule] = /^ACL (SETUSER events .*)$/m.exec(page)!;
    await using server = await startRedis();
    await server.call("ACL", ...rule!.split(" "));
    const { port } = server;
    const told: unknown[] = [];
    const client = quiet(new Redis({ port, username: "events", password: "secret" }));
    const bus = redisEventBus(client, { delivery, onError: (error) => told.push(error) });
    const heard: unknown[] = [];
    const listen = async (group?: string): Promise<void> => {
      const mine: number[] = [];
      heard.push(mine);
      await bus.subscribe((batch) => void mine.push(...seqs(batch)), { group });
    };
    await listen();
    if (delivery === "at-least-once") {
      await listen("g");
      await listen("dropped");
      await bus.dropGroup("dropped");
      heard.pop();
    }
    await bus.publish([event(7)], {});
    await until(() => heard.every((mine) => (mine as number[]).includes(7)));
    await bus.close();

    const rights = rule!.split(" ").filter((part) => part.startsWith("+"));
    const needed = delivery === "at-least-once" ? "xpending" : "publish";
    expect(rights).toContain(`+${needed}`);
    await server.call("ACL", "SETUSER", "events", `-${needed}`);
    const poor = redisEventBus(client, { delivery });
    await expect(poor.publish([event(8)], {})).rejects.toMatchObject({
      code: "STORE_MISCONFIGURED",
      received: needed,
    });
    await poor.close();
    client.disconnect();
  },
);
