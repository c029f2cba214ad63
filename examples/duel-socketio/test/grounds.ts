import { freshDatabase } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { onTestFinished } from "vitest";
import { openPool } from "../src/database/pool.js";

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
    };
  },
};

export const grounds: readonly Ground[] = [postgres];
