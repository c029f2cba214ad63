import type { FinalState } from "@evenmatch/testkit";
import type { Dump } from "../cluster/ground.js";
import { shortened } from "../cluster/judge.js";
import { redisCli, redisKeys, type CliReply } from "./cli.js";

type Ticket = FinalState["tickets"][number];
type Match = FinalState["matches"][number];

/** All keys of the default prefix: `{evenmatch:<queue>}:<what>`. */
const KEYS = "{evenmatch:*}:*";

const TICKET_STATES: Readonly<Record<string, Ticket["state"]>> = {
  w: "waiting",
  c: "claimed",
  m: "matched",
  l: "left",
  x: "expired",
};

const MATCH_STATES: Readonly<Record<string, Match["state"]>> = {
  c: "claimed",
  s: "settled",
  d: "delivered",
  r: "released",
};

/** What a key is for: the word after the queue; nothing for what calls write that wait for replicas. */
function kindOf(key: string): string {
  return key.endsWith(":wait") ? "" : (/\}:(\w+)/.exec(key)?.[1] ?? "");
}

/** What the keys say, read by redis-cli alone: nothing of the library is asked. */
export async function dump(url: string): Promise<Dump> {
  const keys = await redisKeys(url, KEYS);
  const of = (kind: string): string[] => keys.filter((key) => kindOf(key) === kind);
  const records = async (kinds: readonly string[]): Promise<[id: string, record: string][]> => {
    const hashes = kinds.flatMap(of);
    return (
      await redisCli(
        url,
        hashes.map((key) => ["HGETALL", key]),
      )
    ).flatMap(pairs);
  };
  const [live, over] = [await records(["waiting", "claimed"]), await records(["ended"])];
  const matches = await records(["pending", "closed"]);
  const bodies = new Map(matches.map(([id, record]) => [id, bodyIn(record)]));
  const places = new Map(await placesOf(url, of("pools")));
  return {
    final: {
      tickets: [...live, ...over].map(([id, record]) => ticketIn(id, record, bodies)),
      matches: matches.map(([id, record]) => matchIn(id, record)),
    },
    flaws: [
      ...shortened((await records(["players"])).map(([player, id]) => `${player} is still in with ${id}`)),
      ...shortened((await records(["corrupt"])).map(([id]) => `the record of ${id} could not be read`)),
      ...shortened(
        live.flatMap(([id]) => (isPlaced(id, places) ? [] : [`${id} is in a pool that nobody finds`])),
      ),
    ],
  };
}

/** True when nobody waits and no match is under way. */
export async function isSettled(url: string): Promise<boolean> {
  const keys = (await redisKeys(url, KEYS)).filter((key) =>
    ["waiting", "claimed", "pending", "players"].includes(kindOf(key)),
  );
  const sizes = await redisCli(
    url,
    keys.map((key) => ["HLEN", key]),
  );
  return sizes.every(([size]) => size === "0");
}

function pairs(reply: CliReply): [string, string][] {
  return reply.flatMap((name, index) =>
    index % 2 === 0 ? [[name ?? "", reply[index + 1] ?? ""] as [string, string]] : [],
  );
}

async function placesOf(url: string, sets: readonly string[]): Promise<[queue: string, Set<string>][]> {
  const members = await redisCli(
    url,
    sets.map((key) => ["SMEMBERS", key]),
  );
  const queueOf = (key: string): string => /:([^:}]*)\}/.exec(key)?.[1] ?? "";
  return sets.map((key, index) => [queueOf(key), new Set(members[index] as string[])]);
}

/** Owners look for pools in the set of their queue's places alone. */
function isPlaced(id: string, places: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const [, queue = "", place = ""] = /^([^.]+)\.(.+)\.[^.]+$/.exec(id) ?? [];
  return places.get(queue)?.has(place) ?? false;
}

/** A ticket: state and more, match, request, players, and what else it was joined with, a line each. */
function ticketIn(id: string, record: string, matches: ReadonlyMap<string, Body>): Ticket {
  const [head = "", matchId = "", , players] = record.split("\n");
  const state = TICKET_STATES[head.slice(0, 1)];
  if (!state) throw new Error(`the record of ${id} is none of a ticket: ${record}`);
  return {
    ticketId: id,
    state,
    players: players === undefined ? playersIn(id, matches.get(matchId)) : namesIn(players),
    ...((state === "matched" || state === "claimed") && { matchId }),
  };
}

function namesIn(players: string): string[] {
  return players.split("\t").map((name) => JSON.parse(name) as string);
}

/** Of a ticket that is matched its match alone may tell who was in it. */
function playersIn(id: string, match: Body | undefined): string[] {
  const ticket = match?.teams.flat().find((one) => one.id === id);
  if (!ticket) throw new Error(`nothing says who was in ${id}`);
  return ticket.players.map((player) => player.id);
}

/** The last line of a match's record: the match as it was claimed. */
interface Body {
  readonly teams: readonly (readonly {
    readonly id: string;
    readonly players: readonly { readonly id: string }[];
  }[])[];
}

function bodyIn(record: string): Body {
  return JSON.parse(record.slice(record.lastIndexOf("\n") + 1)) as Body;
}

/** A match: its state in the first line, and its body in the last. */
function matchIn(id: string, record: string): Match {
  const state = MATCH_STATES[record.slice(0, record.indexOf("\n"))];
  if (!state) throw new Error(`the record of ${id} is none of a match: ${record}`);
  return { matchId: id, state, teams: bodyIn(record).teams.map((team) => team.map((ticket) => ticket.id)) };
}
