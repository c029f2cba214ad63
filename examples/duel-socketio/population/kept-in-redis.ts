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

/** How many keys are looked through at once. */
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
    const matches = (await this.#matches()).map(({ match }) => match);
    const players = await this.#players();
    const tickets = new Map<string, Ticket>();
    // What ends while this reads is in the later kind or in both.
    for (const [id, record] of await this.#records("waiting", "claimed", "ended")) {
      const state = TICKET_STATES[record[0]!];
      if (!state) throw new Error(`${id} is kept as a record that nobody knows: ${record}`);
      const matchId = record.split("\n", 2)[1] || undefined;
      tickets.set(id, { ticketId: id, state, players: players.get(id) ?? [], matchId });
    }
    return { tickets: [...tickets.values()], matches };
  }

  async unsaved(): Promise<string[]> {
    const found: string[] = [];
    for (const { match, teams } of await this.#matches()) {
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

  async #matches(): Promise<{ match: Match; teams: Teams }[]> {
    const found = new Map<string, { match: Match; teams: Teams }>();
    for (const [matchId, record] of await this.#records("pending", "closed")) {
      const state = MATCH_STATES[record[0]!];
      if (!state) throw new Error(`${matchId} is kept as a record that nobody knows: ${record}`);
      const { teams } = bodyOf(record) as { teams: Teams };
      const ids = teams.map((team) => team.map((ticket) => ticket.id));
      found.set(matchId, { match: { matchId, state, teams: ids }, teams });
    }
    return [...found.values()];
  }

  /** The players of every ticket: in its own record, or once it is matched in that of its match. */
  async #players(): Promise<Map<string, readonly string[]>> {
    const players = new Map<string, readonly string[]>();
    const note = (ticket: Teams[number][number]): unknown =>
      players.set(
        ticket.id,
        ticket.players.map(({ id }) => id),
      );
    for (const [, record] of await this.#records("waiting", "claimed", "ended")) {
      const body = bodyOf(record);
      if (body) note(body as Teams[number][number]);
    }
    for (const { teams } of await this.#matches()) teams.flat().forEach(note);
    return players;
  }

  /** The records of all hashes of the library of these kinds, by id, in this order. */
  async #records(...kinds: readonly string[]): Promise<[id: string, record: string][]> {
    const found = new Set<string>();
    const scan = this.#client.scanStream({ match: `{${this.prefix}:evenmatch:*}:*`, count: AT_ONCE });
    for await (const keys of scan) for (const key of keys as string[]) found.add(key);
    const records: [id: string, record: string][] = [];
    for (const kind of kinds) {
      for (const key of found)
        if (key.includes(`}:${kind}:`)) records.push(...Object.entries(await this.#client.hgetall(key)));
    }
    return records;
  }
}

/** The JSON at the end of a record, which holds neither of what separates the parts before it; nothing where there is none. */
function bodyOf(record: string): unknown {
  const body = record.split(/[\n\t]/).at(-1);
  return body ? JSON.parse(body) : undefined;
}

function playersIn(teams: Teams): string {
  return teams
    .flat()
    .flatMap((ticket) => ticket.players.map((player) => `${ticket.id} ${player.id}`))
    .sort()
    .join();
}
