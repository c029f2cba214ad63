import type { FinalState } from "@evenmatch/testkit";
import { Redis } from "ioredis";

type Ticket = FinalState["tickets"][number];
type Match = FinalState["matches"][number];
type Teams = readonly (readonly {
  readonly id: string;
  readonly players: readonly { readonly id: string }[];
}[])[];

/** What the first letter of a record says. */
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

/** How many keys or records are read at once. */
const AT_ONCE = 1_000;

/** What several processes keep together, by the keys of Redis: `{<prefix>:evenmatch:<queue>}:…` are the library's. */
export class KeptInRedis {
  readonly #client: Redis;

  constructor(
    url: string,
    private readonly prefix: string,
  ) {
    this.#client = new Redis(url, { connectionName: "population" });
    this.#client.on("error", () => {});
  }

  async finalState(): Promise<FinalState> {
    // What ends is first written among what has ended: read in this order it is in one of both, or in both.
    const tickets = new Map<string, Ticket>();
    const matches = new Map<string, Match>();
    for (const record of await this.#records("waiting:", "claimed:", "ended:")) {
      const ticket = ticketOf(record);
      tickets.set(ticket.ticketId, ticket);
    }
    for (const record of await this.#records("pending:", "match:")) {
      const { match } = matchOf(record);
      matches.set(match.matchId, match);
    }
    return { tickets: [...tickets.values()], matches: [...matches.values()] };
  }

  async unsaved(): Promise<string[]> {
    const found: string[] = [];
    for (const record of await this.#records("pending:", "match:")) {
      const { match, teams } = matchOf(record);
      if (match.state !== "settled" && match.state !== "delivered") continue;
      const saved = await this.#client.get(`${this.prefix}:match:${match.matchId}`);
      const isSame =
        saved !== null && playersIn((JSON.parse(saved) as { teams: Teams }).teams) === playersIn(teams);
      if (!isSame || !(await this.#isListed(match.matchId, teams))) found.push(match.matchId);
    }
    return found;
  }

  async workers(): Promise<Map<string, string>> {
    return new Map(Object.entries(await this.#client.hgetall(`${this.prefix}:claims`)));
  }

  async close(): Promise<void> {
    await this.#client.quit();
  }

  async #isListed(matchId: string, teams: Teams): Promise<boolean> {
    const players = teams.flat().flatMap((ticket) => ticket.players);
    const scores = players.map(({ id }) => this.#client.zscore(`${this.prefix}:matches-of:${id}`, matchId));
    return (await Promise.all(scores)).every((score) => score !== null);
  }

  /** The records of all keys of the library whose names go on like this, in this order. */
  async #records(...kinds: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    const scan = this.#client.scanStream({ match: `{${this.prefix}:evenmatch:*}:*`, count: AT_ONCE });
    for await (const keys of scan) for (const key of keys as string[]) found.add(key);
    const records: string[] = [];
    for (const kind of kinds) {
      const keys = [...found].filter((key) => key.slice(key.indexOf("}:") + 2).startsWith(kind));
      for (let from = 0; from < keys.length; from += AT_ONCE)
        records.push(...(await this.#read(keys.slice(from, from + AT_ONCE), kind)));
    }
    return records;
  }

  async #read(keys: readonly string[], kind: string): Promise<string[]> {
    const isText = kind === "ended:" || kind === "match:";
    if (isText) return (await this.#client.mget([...keys])).filter((record) => record !== null);
    return (await Promise.all(keys.map((key) => this.#client.hvals(key)))).flat();
  }
}

/** A record has its state in front, the match in the second line where it is a ticket, and its JSON in the last. */
function ticketOf(record: string): Ticket {
  const [, matchId] = record.split("\n", 2);
  const { id, players } = bodyOf<Teams[number][number]>(record);
  const state = TICKET_STATES[record[0]!]!;
  return { ticketId: id, state, players: players.map((player) => player.id), matchId: matchId || undefined };
}

function matchOf(record: string): { match: Match; teams: Teams } {
  const { id, teams } = bodyOf<{ id: string; teams: Teams }>(record);
  const ids = teams.map((team) => team.map((ticket) => ticket.id));
  return { match: { matchId: id, state: MATCH_STATES[record[0]!]!, teams: ids }, teams };
}

function bodyOf<Body>(record: string): Body {
  return JSON.parse(record.slice(record.lastIndexOf("\n") + 1)) as Body;
}

function playersIn(teams: Teams): string {
  return teams
    .flat()
    .flatMap((ticket) => ticket.players.map((player) => `${ticket.id} ${player.id}`))
    .sort()
    .join();
}
