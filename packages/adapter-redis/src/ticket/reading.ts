import type { MatchStatus, Millis, Query, TicketStatus } from "@evenmatch/core";
import { poolOf } from "@evenmatch/core/adapter";
import type { Argument } from "../connection/driver.js";
import type { CallSettings, RedisServer } from "../connection/server.js";
import { READ } from "../script/read.js";
import { isKeepable, isQueue, placeOf, type Keys } from "./keys.js";
import { matchStatus, ticketStatus } from "./records.js";

type Status = TicketStatus | MatchStatus | undefined;

/** So many look-ups at once keep the server busy for a few milliseconds. */
const AT_ONCE = 1_000;

interface LookUp {
  readonly queue: string;
  readonly indexes: number[];
  readonly args: Argument[];
}

/** Looks up tickets, players and matches, place by place. */
export async function lookUp(
  server: RedisServer,
  keys: Keys,
  queries: readonly Query[],
  retainMs: Millis,
  options: CallSettings,
): Promise<Status[]> {
  const found: Status[] = Array.from(queries, () => undefined);
  await Promise.all(
    lookUps(queries).map(async ({ queue, indexes, args }) => {
      const records = (await server.run(
        READ,
        [keys.players(queue)],
        [keys.tag(queue), retainMs, ...args],
        options,
      )) as string[];
      for (const [n, index] of indexes.entries()) {
        const record = records[n] ?? "";
        const query = queries[index];
        found[index] =
          query?.type === "match"
            ? matchStatus(record)
            : ticketStatus(query?.type === "ticket" ? query.ticketId : "", record);
      }
    }),
  );
  return found;
}

function lookUps(queries: readonly Query[]): LookUp[] {
  const all: LookUp[] = [];
  const open = new Map<string, LookUp>();
  for (const [index, query] of queries.entries()) {
    const args = argumentsOf(query);
    if (!args) continue;
    const [queue, ...rest] = args;
    let call = open.get(queue);
    if (!call || call.indexes.length >= AT_ONCE) {
      call = { queue, indexes: [], args: [] };
      open.set(queue, call);
      all.push(call);
    }
    call.indexes.push(index);
    call.args.push(...rest);
  }
  return all;
}

/** The queue of a query, and what its script is asked; `undefined` for names that the library never made. */
function argumentsOf(query: Query): [queue: string, ...args: Argument[]] | undefined {
  if (query.type === "player") {
    const { queue, playerId } = query;
    return isQueue(queue) ? [queue, "p", JSON.stringify(playerId)] : undefined;
  }
  const id = query.type === "ticket" ? query.ticketId : query.matchId;
  const pool = poolOf(id);
  if (!pool || !isKeepable(pool)) return undefined;
  return [pool.queue, query.type === "ticket" ? "t" : "m", placeOf(pool), id];
}
