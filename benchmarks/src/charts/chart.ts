import type { Effort } from "./play-all.js";

/** A picture of figures: measured once, which takes a while, and drawn from what was written down. */
export interface Chart<Data = unknown> {
  /** The name of its files in `docs/pictures`. */
  readonly name: string;
  /** Plays what it shows. The same effort gives the same data. */
  measure(effort: Effort): Data;
  draw(data: Data): string;
}
