import { EvenmatchError, type Matchmaker } from "@evenmatch/core";
import type { Config } from "./config.js";
import { placeOf, type Following } from "./following.js";
import type { Person } from "./identity.js";
import type { Limit } from "./limit.js";
import { preferences } from "./preferences.js";
import type { Left, OwnStatus, Place } from "./protocol.js";
import { practiserOf, QUEUE, type PracticeQueues } from "./queue.js";
import type { RedisWatch } from "./redis/watch.js";
import { available } from "./redis/available.js";
import { Refusal } from "./refusal.js";
import { partnerIn, type Rooms } from "./rooms.js";

interface Surroundings {
  readonly config: Config;
  readonly matchmaker: Matchmaker<PracticeQueues>;
  readonly rooms: Rooms;
  readonly following: Following;
  readonly watch: RedisWatch;
  readonly joins: Limit;
  readonly countWaiting: () => Promise<number>;
}

/** How long the server that runs the pool may take to say how long people wait, in ms. */
const LONGEST_QUESTION = 500;

/** What the queue is like. */
export interface QueueStatus {
  readonly queue_size: number;
  /** Half of those who joined lately waited no longer; null where nobody has been matched yet. */
  readonly estimated_wait_seconds: number | null;
}

/** What people may ask, over HTTP and over sockets. Who asks comes from their session. */
export class Lobby {
  #isClosing = false;

  constructor(private readonly around: Surroundings) {}

  /** Takes no joins from now on. */
  close(): void {
    this.#isClosing = true;
  }

  async join(person: Person, sent: unknown): Promise<Place> {
    const { config, matchmaker, rooms, following, watch, joins } = this.around;
    if (this.#isClosing) throw new Refusal("CLOSING", "This server is about to restart; try again.", true);
    watch.refuseIfLost();
    await joins(person.id);
    const { success, data: wishes, error } = preferences.safeParse(sent ?? {});
    if (!success) throw invalidPayload(error.issues[0]);
    const practiser = practiserOf(person, wishes, await rooms.partnersOf(person.id), config);
    try {
      const ticket = await matchmaker.join(QUEUE, { players: [practiser] });
      following.joined(person.id, ticket);
      return placeOf(ticket);
    } catch (cause) {
      // The server that joined may have died before it could say so.
      if (cause instanceof EvenmatchError && cause.code === "ALREADY_WAITING") following.joined(person.id);
      throw cause;
    }
  }

  async leave(person: Person): Promise<Left> {
    const { matchmaker, watch } = this.around;
    watch.refuseIfLost();
    const live = await matchmaker.ticketOf(person.id, { queue: QUEUE });
    const outcome = live && (await matchmaker.leave(live.ticket.id));
    if (outcome === "left") return { status: "left" };
    if (outcome === "claimed") return { status: "matched" };
    throw new Refusal("NOT_WAITING", "You do not wait.");
  }

  /** What there is to know of oneself. Whoever has no connection says by asking that they are still there. */
  async statusOf(person: Person): Promise<OwnStatus> {
    const { matchmaker, rooms, watch } = this.around;
    watch.refuseIfLost();
    const live = await matchmaker.ticketOf(person.id, { queue: QUEUE });
    if (live) {
      await matchmaker.heartbeat([live.ticket.id]);
      return placeOf(live.ticket);
    }
    const room = await rooms.lastOf(person.id);
    if (room?.status !== "active") return { status: "idle" };
    return { status: "matched", match_id: room.match_id, partner_id: partnerIn(room, person.id) };
  }

  async queueStatus(): Promise<QueueStatus> {
    const [queue_size, estimated_wait_seconds] = await Promise.all([
      this.queueSize(),
      this.#expectedSeconds(),
    ]);
    return { queue_size, estimated_wait_seconds };
  }

  async queueSize(): Promise<number> {
    const { countWaiting, watch } = this.around;
    watch.refuseIfLost();
    return available(countWaiting());
  }

  /** Somebody has lost every connection, and has not come back. */
  async gone(personId: string): Promise<void> {
    const { matchmaker } = this.around;
    const live = await matchmaker.ticketOf(personId, { queue: QUEUE });
    if (live) await matchmaker.leave(live.ticket.id);
  }

  async #expectedSeconds(): Promise<number | null> {
    const signal = AbortSignal.timeout(LONGEST_QUESTION);
    try {
      const { p50 } = await this.around.matchmaker.estimate(QUEUE, { rating: 0, signal });
      return Number.isFinite(p50) ? Math.ceil(p50 / 1000) : null;
    } catch (error) {
      // Nobody has joined yet, or the server that knows has just died or is busy.
      const isUnknown = error instanceof EvenmatchError && ["NO_OWNER", "NOT_AVAILABLE"].includes(error.code);
      if (isUnknown || signal.aborted) return null;
      throw error;
    }
  }
}

/** What is wrong with a payload, in words. */
export function invalidPayload(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): Refusal {
  const where = issue?.path.length ? `${issue.path.join(".")}: ` : "";
  return new Refusal("INVALID_PAYLOAD", `${where}${issue?.message ?? "malformed"}`);
}
