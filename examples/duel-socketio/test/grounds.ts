import { freshDatabase, freshPrefix, freshTopics } from "@evenmatch/services";
import { sharedKafka, sharedPostgres, sharedRedis } from "@evenmatch/services/vitest";
import { onTestFinished } from "vitest";
import { dropTopics } from "../cluster/own-place.js";
import { openPool } from "../src/database/pool.js";
import { connected } from "../src/redis/connect.js";

/** Something that several processes can keep everything in. */
export interface Ground {
  readonly name: string;
  /** A part of its own for one test. */
  fresh(): Promise<FreshGround>;
}

export interface FreshGround {
  /** What tells a process of it. */
  readonly env: Readonly<Record<string, string>>;
  /** A player was at a process that has been dead for a minute, and nowhere else. */
  wasAtDeadProcess(playerId: string): Promise<void>;
  /** How many connections of players are noted. */
  noted(): Promise<number>;
  /** All that was noted of connections is lost. */
  forgets(): Promise<void>;
  /** No process hears the others for a moment. */
  deafens(): Promise<void>;
}

const postgres: Ground = {
  name: "Postgres",
  async fresh() {
    const database = await freshDatabase(sharedPostgres()[0]!);
    onTestFinished(() => database.drop());
    const pool = openPool(database.url, "test");
    onTestFinished(() => pool.end());
    return {
      env: { DATABASE_URL: database.url },
      async wasAtDeadProcess(playerId) {
        await pool.query("insert into duel.processes values ('dead', 'dead', now() - interval '1 minute')");
        await pool.query("insert into duel.presence values ($1, 'dead', null)", [playerId]);
      },
      async noted() {
        return (await pool.query("select from duel.presence")).rowCount ?? 0;
      },
      async forgets() {
        await pool.query("truncate duel.presence, duel.processes");
      },
      async deafens() {
        await pool.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%duel#/%'",
        );
      },
    };
  },
};

const redis: Ground = {
  name: "Redis",
  async fresh() {
    const server = sharedRedis();
    const { prefix, keys, drop } = freshPrefix(server);
    onTestFinished(drop);
    const client = await connected(server.url, "test");
    onTestFinished(() => client.disconnect());
    return {
      env: { REDIS_URL: server.url, REDIS_PREFIX: prefix },
      async wasAtDeadProcess(playerId) {
        // Whoever reaps in between must not take out the process without its player.
        const noting = client
          .multi()
          .hset(`${prefix}:at:${playerId}`, "dead", "")
          .sadd(`${prefix}:of:dead`, playerId)
          .zadd(`${prefix}:processes`, Date.now() - 60_000, "dead");
        await noting.exec();
      },
      async noted() {
        const players = (await keys()).filter((key) => key.startsWith(`${prefix}:at:`));
        const counts = await Promise.all(players.map((key) => client.hlen(key)));
        return counts.reduce((sum, count) => sum + count, 0);
      },
      async forgets() {
        const lost = (await keys()).filter((key) => /:(at|of|processes|leaving)\b/.test(key));
        await client.unlink(...lost);
      },
      async deafens() {
        const all = String(await client.call("CLIENT", "LIST", "TYPE", "pubsub"));
        const ours = all.split("\n").filter((line) => line.includes(` name=${prefix}-`));
        for (const line of ours) await client.call("CLIENT", "KILL", "ID", /\bid=(\d+)/.exec(line)![1]!);
      },
    };
  },
};

/** Tickets and events on Kafka, and all else on the ground of Postgres. */
export const kafka: Ground = {
  name: "Kafka",
  async fresh() {
    const tables = await postgres.fresh();
    const server = sharedKafka();
    const { prefix } = freshTopics(server);
    onTestFinished(() => dropTopics(server, prefix));
    return { ...tables, env: { ...tables.env, KAFKA_BROKERS: server.brokers.join(), KAFKA_PREFIX: prefix } };
  },
};

/** Where everything is in one place. */
export const grounds: readonly Ground[] = [postgres, redis];
