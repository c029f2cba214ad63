import type { Ticket } from "@evenmatch/core";
import type { Measurement, Row } from "../row.js";
import { Players } from "../deployment/players.js";
import { onServer, type BenchServer } from "./server.js";
import {
  DEPTH,
  inChains,
  measured,
  REGIONS,
  timed,
  type Pair,
  type Round,
  type Side,
} from "../deployment/side.js";
import { sides } from "./sides.js";

/** Joins of a batch; the most that a matchmaker sends at once is twice as many. */
const BATCH = 500;
const BATCHES = 10;
const ROUNDS = 5;
const SEED = 71_993;

/**
 * Joins kept, until the owner of their pools has heard of them. A batch holds joins for all regions, as those of a
 * matchmaker do, and four go out at once, as from four processes.
 */
export const joins: Row = {
  name: "joins",
  unit: "joins/s",
  goal: { of: "ratio", bound: "at least", limit: 0.6 },
  measure: () => onServer(compare),
};

async function compare(server: BenchServer): Promise<Measurement> {
  const players = new Players(SEED);
  const { ours, reference, joined } = await sides(server, players);
  const rounds: Pair[] = [];
  let changes = joined;
  for (let round = -1; round < ROUNDS; round++) {
    const bare = await run(server, players, reference, 0);
    const whole = await run(server, players, ours, (changes += BATCH * BATCHES * DEPTH));
    if (round >= 0) rounds.push({ ours: whole, reference: bare });
  }
  await Promise.all([ours.close(), reference.close()]);
  return measured(rounds, [await server.describe()]);
}

async function run(server: BenchServer, players: Players, side: Side, changes: number): Promise<Round> {
  const now = Date.now();
  const batches: Ticket[][] = Array.from({ length: BATCHES * DEPTH }, () =>
    Array.from({ length: BATCH }, (_, index) => players.ticket(REGIONS[index % REGIONS.length]!, now)),
  );
  return timed(server, BATCH * batches.length, async () => {
    await inChains(batches, (tickets) => side.join(tickets));
    await side.heard(changes);
  });
}
