import type { BoardView, PoolView } from "./protocol.js";
import { queueNames, type QueueName, type Region } from "./queues.js";
import { boardRoomOf, type DuelIo, type DuelSocket } from "./rooms.js";
import type { Place, SeatBook } from "./seats.js";
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
  readonly #stop: () => void;

  constructor(
    private readonly io: DuelIo,
    private readonly seats: SeatBook,
  ) {
    this.#stop = every(PERIOD, () => this.#publish());
  }

  moved({ region }: Place): void {
    this.#changed.add(region);
  }

  async watch(socket: DuelSocket, region: Region): Promise<BoardView> {
    const before = socket.data.watches;
    if (before !== undefined && before !== region) await socket.leave(boardRoomOf(before));
    socket.data.watches = region;
    await socket.join(boardRoomOf(region));
    return this.#of(region);
  }

  close(): void {
    this.#stop();
  }

  #publish(): void {
    for (const region of this.#changed) {
      const room = boardRoomOf(region);
      // Counting who waits is spared where nobody looks.
      if (this.io.of("/").adapter.rooms.has(room)) this.io.to(room).emit("board", this.#of(region));
    }
    this.#changed.clear();
  }

  #of(region: Region): BoardView {
    const ratings = new Map<QueueName, number[]>(queueNames.map((name) => [name, []]));
    for (const seat of this.seats.waiting()) {
      if (seat.region === region) ratings.get(seat.queue)?.push(...seat.players.map(({ rating }) => rating));
    }
    const pools = Array.from(ratings, ([name, all]) => [name, poolViewOf(all)]);
    return { region, pools: Object.fromEntries(pools) as BoardView["pools"] };
  }
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
