import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startRedisSentinel } from "@evenmatch/services";

test("Sentinel puts the replica in the master's place, a client follows, and the old master follows the new", async () => {
  await using watched = await startRedisSentinel({ settings: { requirepass: "secret" } });
  const client = new Redis({
    sentinels: watched.addresses,
    name: watched.name,
    password: "secret",
    sentinelRetryStrategy: () => 50,
    retryStrategy: () => 50,
  });
  client.on("error", () => {});
  try {
    await client.set("kept", "on both");
    expect(await client.wait(1, 5_000)).toBe(1);
    const { old, master } = await watched.failOver();
    expect(await watched.master()).toBe(master);
    expect(master).not.toBe(old);
    await expect.poll(() => client.get("kept").catch(() => undefined), { timeout: 20_000 }).toBe("on both");
    await client.set("new", 1);
    expect(await master.call("GET", "new")).toBe("1");

    await old.start();
    await expect.poll(() => old.call("GET", "new").catch(() => undefined), { timeout: 30_000 }).toBe("1");
    await expect(old.call("SET", "mine", 1)).rejects.toThrow("READONLY");
    await watched.ready();
  } finally {
    client.disconnect();
  }
});
