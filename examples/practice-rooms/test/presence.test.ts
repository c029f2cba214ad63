import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { Presence } from "../src/presence.js";
import { environment, PATIENCE } from "./table.js";

/** Two servers that know who is connected, and whom they have taken for gone. */
function servers(gone: (personId: string, times: number) => Promise<void> = () => Promise.resolve()) {
  const { REDIS_URL: url, KEY_PREFIX: prefix } = environment();
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const told: string[] = [];
  const serverOf = (server: string): Presence => {
    const presence = new Presence(redis, { prefix, server, graceMs: 0 }, (personId) => {
      told.push(personId);
      return gone(personId, told.length);
    });
    onTestFinished(() => presence.close());
    return presence;
  };
  return { one: serverOf("one"), other: serverOf("other"), told };
}

it("takes somebody for gone with the last connection, at whichever server it was", async () => {
  const { one, other, told } = servers();
  await Promise.all([one.came("ann"), one.came("ann"), other.came("ann"), other.came("bob")]);
  one.went("ann");
  expect([one.countOf("ann"), one.people()]).toEqual([1, ["ann"]]);
  one.went("ann");
  other.went("bob");
  await expect.poll(() => told, PATIENCE).toEqual(["bob"]);
  other.went("ann");
  await expect.poll(() => told, PATIENCE).toEqual(["bob", "ann"]);
});

it("takes nobody for gone who has come back", async () => {
  const { one, told } = servers();
  await one.came("ann");
  one.went("ann");
  await one.came("ann");
  await one.came("bob");
  one.went("bob");
  await expect.poll(() => told, PATIENCE).toEqual(["bob"]);
});

it("tries again where somebody could not be taken out of the queue", async () => {
  const { one, told } = servers(async (_, times) => {
    if (times === 1) throw new Error("Redis is away");
  });
  await one.came("ann");
  one.went("ann");
  await expect.poll(() => told, PATIENCE).toEqual(["ann", "ann"]);
});
