import type { Match, Millis, PoolKey, Ticket } from "@evenmatch/core";
import type { Input } from "@evenmatch/core/adapter";
import { match, POOL, START, ticket } from "./making.js";

/** A single player and a party of two, and two matches that would put them together. */
export interface Cast {
  readonly name: string;
  readonly pool: PoolKey;
  /** One player, who joined with a request id, must be heard of every 8 s and expires after 30 s. */
  readonly single: Ticket;
  /** Two players, who wait for as long as it takes. */
  readonly party: Ticket;
  readonly first: Match;
  readonly second: Match;
}

/** When players must have accepted. */
export const ACCEPT_BY: Millis = START + 15_000;
/** When the single ticket is overdue if nothing was heard of it since the join. */
export const OVERDUE: Millis = START + 8_000;

export function cast(name: string, pool = POOL): Cast {
  const single = ticket(`${name} a`, { pool, heartbeatMs: 8_000, expiresAt: START + 30_000 });
  const party = ticket(`${name} b`, { pool, players: [`${name} b1`, `${name} b2`] });
  const first = match(`${name} 1`, [single, party], { acceptBy: ACCEPT_BY });
  const second = match(`${name} 2`, [party, single]);
  return { name, pool, single, party, first, second };
}

export interface Happening {
  readonly at: Millis;
  readonly input: Input;
}

type Script = (cast: Cast) => Happening[];

const at = (second: number, ...inputs: Input[]): Happening[] =>
  inputs.map((input) => ({ at: START + second * 1_000, input }));

const joined: Script = ({ single, party, name }) =>
  at(0, { type: "join", ticket: single, requestId: `request ${name}` }, { type: "join", ticket: party });
const answers = ({ first }: Cast, accepted: boolean, ...players: string[]): Happening[] =>
  at(2, ...players.map((playerId): Input => ({ type: "answer", matchId: first.id, playerId, accepted })));
const claimed: Script = (all) => [...joined(all), ...at(1, { type: "claim", match: all.first })];
const released = (all: Cast, drop: readonly string[]): Happening[] =>
  at(3, { type: "release", matchId: all.first.id, drop, reason: "declined" });
const settled: Script = (all) => [
  ...claimed(all),
  ...at(3, { type: "settle", matchId: all.first.id, assignment: { host: "h1", port: 7000 } }),
];
const again: Script = (all) => [
  ...claimed(all),
  ...released(all, []),
  ...at(4, { type: "claim", match: all.second }),
];

/** Every state that a ticket and its match can be in, each with how it comes about. */
export const situations: Readonly<Record<string, Script>> = {
  "nobody has joined": () => [],
  waiting: joined,
  "waiting, heard of": (all) => [...joined(all), ...at(4, { type: "beat", ticketId: all.single.id })],
  claimed,
  "claimed, heard of": (all) => [...claimed(all), ...at(4, { type: "beat", ticketId: all.single.id })],
  "claimed, wishing to leave": (all) => [
    ...claimed(all),
    ...at(2, { type: "leave", ticketId: all.single.id }),
  ],
  "claimed, one accepted": (all) => [...claimed(all), ...answers(all, true, `${all.name} a`)],
  "claimed, one declined": (all) => [...claimed(all), ...answers(all, false, `${all.name} a`)],
  "claimed, half a party accepted": (all) => [...claimed(all), ...answers(all, true, `${all.name} b1`)],
  "claimed, all accepted": (all) => [
    ...claimed(all),
    ...answers(all, true, `${all.name} a`, `${all.name} b1`, `${all.name} b2`),
  ],
  "claimed, accepted and wishing to leave": (all) => [
    ...claimed(all),
    ...answers(all, true, `${all.name} a`),
    ...at(2, { type: "leave", ticketId: all.single.id }),
  ],
  settled,
  "settled without an assignment": (all) => [
    ...claimed(all),
    ...at(3, { type: "settle", matchId: all.first.id }),
  ],
  delivered: (all) => [...settled(all), ...at(4, { type: "deliver", matchId: all.first.id })],
  released: (all) => [...claimed(all), ...released(all, [])],
  "released, one dropped": (all) => [...claimed(all), ...released(all, [all.single.id])],
  "released, one had wished to leave": (all) => [
    ...claimed(all),
    ...at(2, { type: "leave", ticketId: all.single.id }),
    ...released(all, []),
  ],
  "claimed again": again,
  "settled the second time": (all) => [...again(all), ...at(5, { type: "settle", matchId: all.second.id })],
  left: (all) => [...joined(all), ...at(1, { type: "leave", ticketId: all.single.id })],
  expired: (all) => [...joined(all), ...at(8, { type: "expire", ticketId: all.single.id })],
};
