import { MemoryPool, type Ticket } from "@evenmatch/core";
import { median, settle, stopwatch } from "../figures.js";
import { Peer, answer } from "../peer.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { subjects, type Subject } from "./strategies.js";
import { arrivals, tickets } from "./traces.js";

const TICKETS = 100_000;
const SEED = 20_311;
const PROCESSES = 5;
const BARE = "bare";

/** What a process found, in ms. */
interface Held {
  readonly pass: number;
  /** Taking those who were proposed out of the pool, which is the owner's part. */
  readonly removal: number;
}

/**
 * How long a strategy holds the event loop in one pass over 100,000 tickets of one pool that nobody has looked at
 * before, in a process that has done nothing like it before: the longest pass there is, since later ones look at what
 * is dirty. The reference is a plain sort of the same players, who are paired with their neighbours, as cold.
 */
export const holds: readonly Row[] = subjects.map((subject) => {
  const name = `${subject.name}.hold`;
  return {
    name,
    unit: "ms",
    goal: { of: "ours", bound: "at most", limit: 50 },
    async measure() {
      const ours: Held[] = [];
      const reference: Held[] = [];
      for (let round = 0; round < PROCESSES; round++) {
        ours.push(await inProcess(name, String(round)));
        reference.push(await inProcess(name, BARE));
      }
      const removal = figure(median(ours.map((held) => held.removal)));
      return {
        ours: median(ours.map(({ pass }) => pass)),
        reference: median(reference.map(({ pass }) => pass)),
        notes: [`to take those who play out of the pool takes the owner ${removal} ms more, as cold`],
      };
    },
    async serve(argument) {
      answer(async () => {
        const all = tickets(arrivals(TICKETS, SEED));
        return argument === BARE ? plain(all) : cold(subject, all);
      });
    },
  };
});

async function inProcess(row: string, argument: string): Promise<Held> {
  const peer = new Peer<Held>("core", row, argument);
  const held = await peer.ask();
  await peer.close();
  return held;
}

async function cold(subject: Subject, all: readonly Ticket[]): Promise<Held> {
  const strategy = subject.create();
  const pool = new MemoryPool();
  for (const ticket of all) pool.add(ticket);
  const now = all.at(-1)!.joinedAt;
  await settle();
  const passing = stopwatch();
  const proposals = strategy.propose(pool, now);
  const proposed = passing();
  pool.clean();
  const removing = stopwatch();
  for (const { teams } of proposals) for (const team of teams) for (const { id } of team) pool.remove(id);
  const removal = removing();
  const asking = stopwatch();
  strategy.nextChange(pool, now);
  return { pass: proposed + asking(), removal };
}

async function plain(all: readonly Ticket[]): Promise<Held> {
  await settle();
  const passing = stopwatch();
  const sorted = all.toSorted((one, other) => one.players[0]!.rating - other.players[0]!.rating);
  const pairs = [];
  for (let low = 0; low + 1 < sorted.length; low += 2) pairs.push([sorted[low], sorted[low + 1]]);
  const pass = passing();
  if (pairs.length === 0) throw new Error("somebody is there");
  return { pass, removal: 0 };
}
