import { sharedKafka, sharedPostgres, sharedRedis } from "@evenmatch/services/vitest";
import { expect, it, vi } from "vitest";
import { populate } from "./populate.js";

// More than a run takes whose evening is cut short, and whose players take as long as they may to go home.
vi.setConfig({ testTimeout: 720_000 });

const kinds = [
  {
    name: "Postgres",
    kills: 4,
    args: ["--seconds", "20", "--seed", "11"],
    env: { EVENMATCH_POSTGRES_URL: sharedPostgres()[0]!.url },
  },
  {
    name: "Redis",
    kills: 2,
    args: ["--redis", "--seconds", "12", "--seed", "9"],
    env: { EVENMATCH_REDIS_URL: sharedRedis().url },
  },
  {
    name: "Kafka",
    kills: 2,
    args: ["--kafka", "--seconds", "30", "--seed", "11"],
    env: {
      EVENMATCH_KAFKA_BROKERS: sharedKafka().brokers.join(),
      EVENMATCH_POSTGRES_URL: sharedPostgres()[0]!.url,
    },
  },
];

it.each(kinds)(
  "plays at four processes on $name while one after the other is killed: the history holds, and the work is shared",
  async ({ kills, args, env }) => {
    const run = ["--cluster", "--players", "200", "--kills", `${kills}`, "--json"];
    const { code, out, err } = await populate([...run, ...args], env);
    // What processes say of each other's end is no failure.
    expect(code, err).toBe(0);
    const result = JSON.parse(out) as Record<string, number | boolean>;
    expect(result).toMatchObject({
      ok: true,
      lost: 0,
      doubled: 0,
      violations: 0,
      failures: 0,
      repeats: 0,
      unsaved: 0,
      kills,
    });
    expect(result["cuts"]).toBeGreaterThan(0);
    // With fewer matches than this the shares say nothing.
    expect(result["crossingKnown"]).toBeGreaterThanOrEqual(100);
    expect(result["crossingPercent"]).toBeGreaterThanOrEqual(30);
    for (const worker of ["worker1", "worker2"])
      expect(result[`${worker}Percent`], worker).toBeGreaterThan(0);
  },
);
