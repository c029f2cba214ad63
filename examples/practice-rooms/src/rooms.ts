import type { Match } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { z } from "zod";
import { nameOf, pairOf, wishesOf } from "./queue.js";
import { questionFor } from "./questions.js";
import { available } from "./redis/available.js";
import { END, MAKE, TOLD, UNMAKE } from "./redis/room-scripts.js";
import { Refusal } from "./refusal.js";
import { now } from "./time.js";

/** How long after its time a room is still open, in ms. */
const LONGER = 15 * 60_000;

const record = z.object({
  match_id: z.string(),
  player1: z.string(),
  player2: z.string(),
  player1_name: z.string(),
  player2_name: z.string(),
  question_id: z.string(),
  question_text: z.string(),
  difficulty: z.string(),
  duration_minutes: z.coerce.number(),
  created_at: z.string(),
  closes_at: z.string(),
  status: z.enum(["active", "ended"]),
});

/** A room for two. Its `match_id` is its name, and nobody but its members may read it. */
export type Room = z.output<typeof record>;

/** How long things are kept, in ms. */
export interface RoomTimes {
  /** Two who have practised together do not meet again for so long. */
  readonly partnerRestMs: number;
  /** The record of a room. */
  readonly roomKeepMs: number;
}

/**
 * Every room there is and was, on Redis, where each server sees the same. The record is the only one that this
 * service has of a match: it is as durable as Redis is set up to be, and is gone after `roomKeepMs`.
 */
export class Rooms {
  readonly #open: string;

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly times: RoomTimes,
  ) {
    this.#open = this.#key("open");
  }

  /** Makes the room of a match; the same room, however often it is asked for. */
  async make(match: Match): Promise<{ match_id: string; question_id: string }> {
    const room = roomOf(match);
    const { partnerRestMs, roomKeepMs } = this.times;
    const times = [match.createdAt, partnerRestMs, Date.parse(room.closes_at), roomKeepMs];
    const fields = Object.entries(room).flat();
    const members = [room.player1, room.player2];
    await this.#run(MAKE, this.#keysOf(match.id, members), match.id, ...members, ...times, ...fields);
    return { match_id: room.match_id, question_id: room.question_id };
  }

  /** Takes the room of a match back that fell through, if one was made. */
  async unmake(matchId: string): Promise<void> {
    const room = await this.#find(matchId);
    if (!room) return;
    const members = [room.player1, room.player2];
    const keys = this.#keysOf(matchId, members);
    await this.#run(UNMAKE, keys, matchId, ...members, Date.parse(room.created_at));
  }

  /** A room, for a member of it. To everybody else it is as if there were none: `ROOM_NOT_FOUND`. */
  async read(matchId: string, personId: string): Promise<Room> {
    const room = await this.#find(matchId);
    if (!room || ![room.player1, room.player2].includes(personId))
      throw new Refusal("ROOM_NOT_FOUND", "You have no such room.");
    return room;
  }

  /** Ends a room, for both. */
  async end(matchId: string, personId: string): Promise<Room> {
    const room = await this.read(matchId, personId);
    await this.#run(END, [this.#room(matchId), this.#open], matchId);
    return { ...room, status: "ended" };
  }

  /** The last room of somebody, open or not. */
  async lastOf(personId: string): Promise<Room | undefined> {
    const matchId = await available(this.redis.get(this.#of("last", personId)));
    return matchId === null ? undefined : this.#find(matchId);
  }

  /** The room of which somebody has not heard yet. */
  async untold(personId: string): Promise<Room | undefined> {
    const matchId = await available(this.redis.get(this.#of("untold", personId)));
    return matchId === null ? undefined : this.#find(matchId);
  }

  /** Somebody has heard of their room. */
  async told(personId: string, matchId: string): Promise<void> {
    await this.#run(TOLD, [this.#of("untold", personId)], matchId);
  }

  /** With whom somebody has practised lately, and when. */
  async partnersOf(personId: string): Promise<Record<string, number>> {
    const scored = await available(
      this.redis.zrange(this.#of("partners", personId), "0", "-1", "WITHSCORES"),
    );
    const partners: Record<string, number> = {};
    for (let place = 0; place < scored.length; place += 2)
      partners[scored[place]!] = Number(scored[place + 1]);
    return partners;
  }

  /** How many rooms are open. */
  async countOpen(): Promise<number> {
    await this.redis.zremrangebyscore(this.#open, "-inf", now());
    return this.redis.zcard(this.#open);
  }

  async #find(matchId: string): Promise<Room | undefined> {
    const fields = await available(this.redis.hgetall(this.#room(matchId)));
    if (Object.keys(fields).length === 0) return undefined;
    const room = record.parse(fields);
    return Date.parse(room.closes_at) <= now() ? { ...room, status: "ended" } : room;
  }

  #run(script: string, keys: readonly string[], ...args: readonly (string | number)[]): Promise<unknown> {
    return available(this.redis.eval(script, keys.length, ...keys, ...args));
  }

  #keysOf(matchId: string, members: readonly string[]): string[] {
    const of = (what: string): string[] => members.map((id) => this.#of(what, id));
    return [this.#room(matchId), this.#open, ...of("last"), ...of("untold"), ...of("partners")];
  }

  #room(matchId: string): string {
    return this.#of("room", matchId);
  }

  #of(what: string, id: string): string {
    return this.#key(`${what}:${id}`);
  }

  #key(name: string): string {
    return `{${this.prefix}}:${name}`;
  }
}

/** The partner of a member. */
export function partnerIn({ player1, player2 }: Pick<Room, "player1" | "player2">, personId: string): string {
  return player1 === personId ? player2 : player1;
}

function roomOf(match: Match): Room {
  const [one, other] = pairOf(match);
  const { topics, difficulty, duration_minutes } = wishesOf(one);
  const inCommon = topics.filter((topic) => wishesOf(other).topics.includes(topic));
  const closesAt = match.createdAt + duration_minutes * 60_000 + LONGER;
  return {
    match_id: match.id,
    player1: one.id,
    player2: other.id,
    player1_name: nameOf(one),
    player2_name: nameOf(other),
    ...questionFor(match.id, inCommon, difficulty),
    difficulty,
    duration_minutes,
    created_at: new Date(match.createdAt).toISOString(),
    closes_at: new Date(closesAt).toISOString(),
    status: "active",
  };
}
