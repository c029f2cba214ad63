import type { BoardView, PoolView } from "./protocol.js";
import { queueNames, regions, type QueueName, type Region } from "./queues.js";
import { boardRoomOf, type DuelIo, type DuelSocket } from "./rooms.js";
import type { Seating } from "./seating.js";
import type { Place, Waiting } from "./seats.js";
import { every } from "./time.js";

/** How often those who watch hear what has changed, in ms. */
const PERIOD = 500;

/** How many ratings of a pool are shown at most. */
const MOST_SHOWN = 48;

/**
 * Tells those who watch a region who waits there: once in a while, and only when it has changed. A socket watches
 * one region at a time.
 */
export class Board {
  readonly #changed = new Set<Region>();
  /** What all who watch a region have seen last. */
  readonly #shown = new Map<Region, string>();
  readonly #stop: () => void;

  constructor(
    private readonly io: DuelIo,
    private readonly seating: Pick<Seating, "waiting">,
    /** Others change it, too, who do not say so here. */
    private readonly isShared: boolean,
  ) {
    this.#stop = every(PERIOD, () => void this.#publish().catch(console.error));
  }

  moved({ region }: Place): void {
    this.#changed.add(region);
  }

  async watch(socket: DuelSocket, region: Region): Promise<BoardView> {
    const before = socket.data.watches;
    if (before !== undefined && before !== region) await socket.leave(boardRoomOf(before));
    socket.data.watches = region;
    const room = boardRoomOf(region);
    const others = this.io.of("/").adapter.rooms.get(room)?.size ?? 0;
    await socket.join(room);
    const board = boardOf(region, await this.seating.waiting());
    const shown = JSON.stringify(board);
    if (others === 0) this.#shown.set(region, shown);
    // The others have seen something else: what there is next is news to one or the other.
    else if (this.#shown.get(region) !== shown) this.#shown.delete(region);
    return board;
  }

  close(): void {
    this.#stop();
  }

  async #publish(): Promise<void> {
    // Counting who waits is spared where nobody looks.
    const rooms = this.io.of("/").adapter.rooms;
    const changed = this.isShared ? regions : [...this.#changed];
    const watched = changed.filter((region) => rooms.has(boardRoomOf(region)));
    this.#changed.clear();
    if (watched.length === 0) return;
    const waiting = await this.seating.waiting();
    for (const region of watched) {
      const board = boardOf(region, waiting);
      const shown = JSON.stringify(board);
      if (this.#shown.get(region) === shown) continue;
      this.#shown.set(region, shown);
      this.io.local.to(boardRoomOf(region)).emit("board", board);
    }
  }
}

function boardOf(region: Region, waiting: readonly Waiting[]): BoardView {
  const ratings = new Map<QueueName, number[]>(queueNames.map((name) => [name, []]));
  for (const one of waiting) {
    if (one.region === region) ratings.get(one.queue)?.push(...one.players.map(({ rating }) => rating));
  }
  const pools = Array.from(ratings, ([name, all]) => [name, poolViewOf(all)]);
  return { region, pools: Object.fromEntries(pools) as BoardView["pools"] };
}

function poolViewOf(all: readonly number[]): PoolView {
  const sorted = [...all].sort((one, other) => one - other);
  const shown = Math.min(sorted.length, MOST_SHOWN);
  const ratings = Array.from(
    { length: shown },
    (_, index) => sorted[Math.floor((index * sorted.length) / shown)]!,
  );
  return { waiting: sorted.length, ratings };
}
