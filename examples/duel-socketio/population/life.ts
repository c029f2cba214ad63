import type { ServerInfo } from "../src/protocol.js";
import type { Gate } from "./gate.js";
import { awayFor, losesJoin, planFor, queueFor, type Household, type Pace } from "./habits.js";
import { pause } from "./pause.js";
import { Player } from "./player.js";
import type { Record } from "./record.js";

/** Where a household lives. */
export interface World {
  /** Those of every process that talks to players. */
  readonly urls: readonly string[];
  readonly info: ServerInfo;
  readonly record: Record;
  /** Where everybody comes in. */
  readonly gate: Gate;
  readonly pace: Pace;
  /** Aborts when everybody is to go home. */
  readonly evening: AbortSignal;
  /** Resolves then. */
  readonly nightfall: Promise<void>;
  /** Whether the last process has been killed: where it was one of those that talk to players, too few are at it. */
  readonly isCalm: () => boolean;
}

/** How often somebody asks whether the last ticket is over, in ms, and how often at most. */
const LAST_CHECK_MS = 1_000;
const LAST_CHECKS = 40;

/** The life of a household: arrive, play and rest until evening, and leave nothing behind. */
export async function live(household: Household, name: string, world: World): Promise<void> {
  const { evening, gate, info } = world;
  const { record } = world;
  await pause(household.arrivesAt, evening);
  if (evening.aborted) return;
  const players = await Promise.all(
    household.ratings.map((rating, index) => {
      const rng = household.rng.fork(`player ${index}`);
      const own = info.allowsRating ? rating : undefined;
      return gate.pass(() => Player.signIn(world, `${name} ${index + 1}`, own, rng));
    }),
  );
  try {
    for (const player of players) await player.connect();
    record.counts.arrived += players.length;
    let hasMoved = false;
    while (!evening.aborted) {
      if (world.isCalm() && !hasMoved) {
        for (const player of players) await player.move();
        hasMoved = true;
      }
      await playOnce(players, household, world);
      if (players.some(({ id }) => record.absent.includes(id))) break;
      await pause(household.rng.exponential(world.pace.rest), evening);
    }
    for (const player of players) if (!record.absent.includes(player.id)) await goHome(player);
  } finally {
    for (const player of players) player.disconnect();
  }
}

async function playOnce(players: readonly Player[], household: Household, world: World): Promise<void> {
  const { rng, region } = household;
  const [leader, friend] = players as [Player, Player?];
  const party = friend ? await together(leader, friend) : undefined;
  if (friend && party === undefined) return;
  const choice =
    party === undefined ? { queue: queueFor(rng), region } : { queue: "duo" as const, region, party };
  if (!friend && losesJoin(rng)) {
    const joining = leader.join(choice, players);
    // The join has gone out when the next turn of the event loop comes; its answer has not come in.
    await pause(0);
    leader.drop();
    await joining;
    await comeBack(leader, awayFor(rng, world.info.graceMs), world);
  } else {
    if (!(await leader.join(choice, players))) {
      // A friend may be lost without anybody having heard of it yet.
      for (const player of players) await player.restore();
      return;
    }
    await friend?.restore();
  }
  await Promise.all(players.map((player) => seeThrough(player, household, world)));
}

/** What a player does until the ticket is over. */
async function seeThrough(player: Player, { rng }: Household, world: World): Promise<void> {
  const plan = planFor(rng, world.pace, world.info.graceMs);
  const isOver = player.over().then(() => true);
  if (plan.type === "wait") {
    await Promise.race([isOver, world.nightfall]);
    return;
  }
  if (await Promise.race([isOver, pause(plan.afterMs, world.evening).then(() => false)])) return;
  if (world.evening.aborted) return;
  if (plan.type === "leave") await player.leave();
  else {
    player.drop();
    await comeBack(player, plan.awayMs, world);
  }
  await Promise.race([player.over(), world.nightfall]);
}

/** Back after a while, or never. */
async function comeBack(player: Player, awayMs: number, { record, evening }: World): Promise<void> {
  if (awayMs === Infinity) record.wentAway(player.id);
  else {
    await pause(awayMs, evening);
    await player.connect();
  }
  if (awayMs === Infinity) player.forget();
}

/** The code of the party in which both are; made anew where it has fallen apart. */
async function together(leader: Player, friend: Player): Promise<string | undefined> {
  const isWhole = leader.party?.code === friend.party?.code && leader.party?.players.length === 2;
  if (leader.party && isWhole) return leader.party.code;
  for (const player of [leader, friend]) if (player.party) await player.call("leaveParty", {});
  const made = await leader.call("createParty", {});
  if (!made?.ok) return undefined;
  const joined = await friend.call("joinParty", { code: made.party.code });
  return joined?.ok ? made.party.code : undefined;
}

/** Leaves what still waits, and stays until it is over. */
async function goHome(player: Player): Promise<void> {
  for (let tries = 0; tries < LAST_CHECKS; tries++) {
    if (!player.isConnected) await player.connect();
    // Whoever is not answered may wait all the same: a join may have made a ticket and not been answered either.
    const isKnown = await player.restore();
    if (isKnown && player.ticketId === undefined) break;
    await player.leave();
    if (!isKnown || player.ticketId !== undefined) await pause(LAST_CHECK_MS);
  }
}
