import type { Redis } from "ioredis";
import type { Waiting } from "../seats.js";
import type { SeatRow, SeatRows } from "../shared/seat-rows.js";
import { inParts, scriptOn } from "./script.js";

/** A seat is forgotten so long after its player sat down, in ms. */
const KEPT = 24 * 60 * 60 * 1000;

/**
 * Keys: the seats of those who sit down. Arguments: how long a seat is kept, its request, the seat, and the requests of
 * the seats that it may replace. Promise: 1 and all have it, or 0 and nothing has changed.
 */
const TAKE = `
local free = {}
for index = 4, #ARGV do free[ARGV[index]] = true end
for _, key in ipairs(KEYS) do
  local request = redis.call('hget', key, 'request')
  if request and not free[request] then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call('del', key)
  redis.call('hset', key, 'request', ARGV[2], 'seat', ARGV[3], 'changed', now)
  redis.call('pexpire', key, ARGV[1])
end
return 1`;

/** Keys: seats. Arguments: how long a seat is kept, a request, a ticket. Promise: those of the request have the ticket. */
const TICKETED = `
for _, key in ipairs(KEYS) do
  if redis.call('hget', key, 'request') == ARGV[2] and redis.call('hexists', key, 'ticket') == 0 then
    redis.call('hset', key, 'ticket', ARGV[3], 'changed', now)
    redis.call('pexpire', key, ARGV[1])
  end
end`;

/** Keys: seats. Arguments: a request. Promise: there is none of this request any more. */
const DROP = `
for _, key in ipairs(KEYS) do
  if redis.call('hget', key, 'request') == ARGV[1] then redis.call('del', key) end
end`;

/** Keys: seats. Arguments: a span in ms. Promise: the numbers of those that have changed within it. */
const CHANGED = `
local changed = {}
for index, key in ipairs(KEYS) do
  if tonumber(redis.call('hget', key, 'changed') or 0) > now - ARGV[1] then changed[#changed + 1] = index end
end
return changed`;

/** Seats as one hash for each player: `request`, `ticket` once there is one, `seat` as JSON, `changed` in ms. */
export class SeatKeys implements SeatRows {
  readonly #take;
  readonly #ticketed;
  readonly #drop;
  readonly #changed;

  constructor(
    private readonly client: Redis,
    private readonly prefix: string,
  ) {
    this.#take = scriptOn(client, "duelSeatTake", TAKE);
    this.#ticketed = scriptOn(client, "duelSeatTicketed", TICKETED);
    this.#drop = scriptOn(client, "duelSeatDrop", DROP);
    this.#changed = scriptOn(client, "duelSeatChanged", CHANGED);
  }

  async of(playerIds: readonly string[]): Promise<Map<string, SeatRow>> {
    const reading = playerIds.map((id) => this.client.hmget(this.#key(id), "request", "ticket", "seat"));
    const found = await Promise.all(reading);
    return new Map(
      found.flatMap(([requestId, ticketId = null, seat], index) =>
        requestId && seat
          ? [[playerIds[index]!, { ...(JSON.parse(seat) as Waiting), requestId, ticketId }]]
          : [],
      ),
    );
  }

  async take(row: SeatRow, before: readonly string[]): Promise<boolean> {
    const { requestId, queue, region, players, openedAt } = row;
    const seat: Waiting = { queue, region, players, openedAt };
    return (await this.#take(this.#keysOf(row), KEPT, requestId, JSON.stringify(seat), ...before)) === 1;
  }

  async ticketed(row: SeatRow, ticketId: string): Promise<void> {
    await this.#ticketed(this.#keysOf(row), KEPT, row.requestId, ticketId);
  }

  async drop(row: SeatRow): Promise<void> {
    await this.#drop(this.#keysOf(row), row.requestId);
  }

  async changed(playerIds: readonly string[], withinMs: number): Promise<string[]> {
    const asking = Array.from(inParts(playerIds), async (part) => {
      const numbers = await this.#changed(
        part.map((id) => this.#key(id)),
        withinMs,
      );
      return (numbers as number[]).map((number) => part[number - 1]!);
    });
    return (await Promise.all(asking)).flat();
  }

  /** The server forgets by itself. */
  tidy(): Promise<void> {
    return Promise.resolve();
  }

  #key(playerId: string): string {
    return `${this.prefix}:seat:${playerId}`;
  }

  #keysOf({ players }: SeatRow): string[] {
    return players.map(({ id }) => this.#key(id));
  }
}
