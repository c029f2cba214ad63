import { sharedKafka, sharedPostgres, sharedRedis } from "@evenmatch/services/vitest";
import { expect, it } from "vitest";
import { populate } from "./populate.js";

const kinds = [
  {
    name: "Postgres",
    args: ["--kills", "4", "--seconds", "20", "--seed", "11"],
    env: { EVENMATCH_POSTGRES_URL: sharedPostgres()[0]!.url },
  },
  {
    name: "Redis",
    args: ["--redis", "--kills", "2", "--seconds", "12", "--seed", "9"],
    env: { EVENMATCH_REDIS_URL: sharedRedis().url },
  },
  {
    name: "Kafka",
    args: ["--kafka", "--kills", "2", "--seconds", "30", "--seed", "11"],
    env: {
      EVENMATCH_KAFKA_BROKERS: sharedKafka().brokers.join(),
      EVENMATCH_POSTGRES_URL: sharedPostgres()[0]!.url,
    },
  },
];

it.each(kinds)(
  "plays at four processes on $name while one after the other is killed: the history holds, and the work is shared",
  async ({ args, env }) => {
    const run = ["--cluster", "--players", "200", "--json"];
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
    });
    // On a busy machine some of the kills come too late to be done.
    expect(result["kills"]).toBeGreaterThanOrEqual(1);
    expect(result["cuts"]).toBeGreaterThan(0);
    // With fewer matches than this the shares say nothing.
    expect(result["crossingKnown"]).toBeGreaterThanOrEqual(40);
    expect(result["crossingPercent"]).toBeGreaterThanOrEqual(30);
    for (const worker of ["worker1", "worker2"])
      expect(result[`${worker}Percent`], worker).toBeGreaterThanOrEqual(20);
  },
  240_000,
);
