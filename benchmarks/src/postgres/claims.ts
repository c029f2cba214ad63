import type { Match } from "@evenmatch/core";
import { figure } from "../report.js";
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

/** Matches of a batch: a claim and a settling for each make the thousand decisions that a matchmaker sends at once. */
const BATCH = 500;
const BATCHES = 10;
const ROUNDS = 5;
const CLAIM_ROUNDS = 3;
const SEED = 30_211;

/**
 * Tickets claimed and matches saved, from the claim until the match is no longer pending, in batches as an owner under
 * load makes them; four pools at once, each batch one claim, one save and one delivery after the other. The tickets have
 * joined before. What is known of a claim with `unnest` is the claim alone: the reference is held against that with its
 * own claims alone, the best of a few rounds.
 */
export const claims: Row = {
  name: "claims",
  unit: "matches/s",
  goal: { of: "ratio", bound: "at least", limit: 0.6 },
  strength: { bound: "at least", limit: 14_450, known: 28_900 },
  measure: () => onServer(compare),
};

async function compare(server: BenchServer): Promise<Measurement> {
  const players = new Players(SEED);
  const { ours, reference, joined } = await sides(server, players);
  const rounds: Pair[] = [];
  let changes = joined;
  for (let round = -1; round < ROUNDS; round++) {
    const bare = await run(server, players, reference, 0);
    const count = BATCH * BATCHES * DEPTH;
    changes += 2 * count;
    const whole = await run(server, players, ours, changes);
    changes += 3 * count;
    if (round >= 0) rounds.push({ ours: whole, reference: bare });
  }
  let strength = 0;
  for (let round = 0; round < CLAIM_ROUNDS; round++) {
    const batches = await join(players, reference);
    const claiming = (): Promise<void> => inChains(batches, (matches) => reference.claim(matches));
    strength = Math.max(strength, (await timed(server, BATCH * batches.length, claiming)).perSecond);
  }
  await Promise.all([ours.close(), reference.close()]);
  const alone = `the claims of the reference alone: ${figure(strength)} matches/s`;
  return { ...measured(rounds, [alone, await server.describe()]), strength };
}

/** Lets tickets join, and makes matches of them, batch by batch. */
async function join(players: Players, side: Side): Promise<Match[][]> {
  const now = Date.now();
  const batches: Match[][] = [];
  for (let batch = 0; batch < BATCHES; batch++)
    for (const region of REGIONS) {
      const tickets = players.tickets(2 * BATCH, region, now);
      await side.join(tickets);
      batches.push(players.matches(tickets, now));
    }
  return batches;
}

async function run(server: BenchServer, players: Players, side: Side, changes: number): Promise<Round> {
  const batches = await join(players, side);
  await side.heard(changes);
  const count = BATCH * batches.length;
  return timed(server, count, async () => {
    await inChains(batches, async (matches) => {
      await side.claim(matches);
      await side.save(matches);
      await side.deliver(matches);
    });
    // Claimed, settled, delivered.
    await side.heard(changes + 3 * count);
  });
}
