import type { Report } from "./client.js";
import type { Counts } from "./record.js";

/** What has to have happened before everybody goes home. */
export interface Goal {
  readonly what: string;
  readonly least: number;
  readonly so: number;
}

export function isReached({ least, so }: Goal): boolean {
  return so >= least;
}

/** What all client processes together report while they play, and those who wait for enough of it. */
export class Evening {
  /** At which processes the players of a ticket were when they joined, by its id. */
  readonly seats = new Map<string, readonly number[]>();
  readonly #latest = new Map<string, Counts>();
  readonly #over = new AbortController();
  #looks: (() => void)[] = [];

  /** Aborts when everybody is to go home, whatever has happened until then. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#over.abort();
    this.#look();
  }

  /** What a client process has sent. */
  take(name: string, { counts, seats }: Report): void {
    this.#latest.set(name, counts);
    for (const [ticketId, at] of Object.entries(seats)) this.seats.set(ticketId, at);
    this.#look();
  }

  /** How often something has happened in all client processes. */
  sum(what: keyof Counts): number {
    return [...this.#latest.values()].reduce((total, counts) => total + counts[what], 0);
  }

  /** Resolves when it is so, which is looked at with each report, or when the evening is over. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!this.over.aborted && !(await isSo()))
      if (!this.over.aborted) await new Promise<void>((look) => this.#looks.push(look));
  }

  #look(): void {
    for (const look of this.#looks.splice(0)) look();
  }
}
