import { poolRoomOf, roomsOf, type DuelIo, type DuelSocket } from "./rooms.js";
import type { Seat } from "./seats.js";
import type { PoolView } from "./protocol.js";
import { every } from "./time.js";

/** How often those who wait hear how many they are, in ms. */
const PERIOD = 500;

/** Tells those who wait in a pool how many they are: once in a while, and only when it has changed. */
export class PoolBoard {
  readonly #counts = new Map<string, number>();
  readonly #changed = new Map<string, PoolView>();
  readonly #stop: () => void;

  constructor(private readonly io: DuelIo) {
    this.#stop = every(PERIOD, () => this.#publish());
  }

  moved(seat: Seat, isOpen: boolean): void {
    const room = poolRoomOf(seat);
    const players = this.io.in(roomsOf(seat.players));
    if (isOpen) players.socketsJoin(room);
    else players.socketsLeave(room);
    const waiting = (this.#counts.get(room) ?? 0) + seat.players.length * (isOpen ? 1 : -1);
    this.#counts.set(room, waiting);
    this.#changed.set(room, { queue: seat.queue, region: seat.region, waiting });
  }

  /** A socket of a player who may wait already. */
  welcome(socket: DuelSocket, seat: Seat | undefined): void {
    if (!seat) return;
    const { queue, region } = seat;
    const room = poolRoomOf(seat);
    void socket.join(room);
    socket.emit("queue_state", { queue, region, waiting: this.#counts.get(room) ?? 0 });
  }

  close(): void {
    this.#stop();
  }

  #publish(): void {
    for (const [room, state] of this.#changed) this.io.to(room).emit("queue_state", state);
    this.#changed.clear();
  }
}
