import type { Millis } from "../clock.js";
import type { TeamField } from "./team-field.js";
import type { GroupQuestion, Groups } from "./team-groups.js";
import type { TeamSeats } from "./team-seats.js";

/**
 * Finds the same group as {@link TeamGroups} where nobody came with a party. Any k players fill the teams then, and
 * the narrowest group is a window over consecutive ratings.
 *
 * 1. On each side of the ticket gather the nearest k, of equal ratings the k − 1 oldest.
 * 2. With i from below go k − 1 − i from above: the smallest of these spreads is the smallest there is.
 * 3. Each lowest rating with which that spread has room for k players is a window of its own. Where there are more in
 *    it, since ratings at an end are equal, the oldest go. Of all windows the group with the oldest members forms.
 *
 * Cost: O(k) to find the spread, O(k²) for each window of the smallest; no objects on the way.
 */
export class SingleGroups implements Groups {
  found: number[];
  /** In place of what was found, while it is compared with that. */
  #other: number[];
  /** Places on either side, nearest first, and how many there are. */
  readonly #below: number[] = [];
  readonly #above: number[] = [];
  #lows = 0;
  #highs = 0;
  /** How many there are in a group besides the ticket itself. */
  readonly #others: number;
  readonly #reach: { within: number; most: number; readonly each: number };

  constructor(
    private readonly field: TeamField,
    seats: TeamSeats,
  ) {
    this.#others = seats.players - 1;
    this.#reach = { within: 0, most: 0, each: this.#others };
    this.found = new Array<number>(seats.players).fill(0);
    this.#other = [...this.found];
  }

  find({ anchor, within, allowedAt, now }: GroupQuestion): Millis {
    let least = Infinity;
    for (let most = this.#others + 1; ; most *= 2) {
      this.#gather(anchor, within, most);
      least = this.#leastSpread(anchor);
      if (least === Infinity || least > within) return Infinity;
      const at = allowedAt(least);
      if (at > now) return at;
      if (!this.#isCutShort(anchor, least, most)) break;
    }
    this.#choose(anchor, least);
    return now;
  }

  #gather(anchor: number, within: number, most: number): void {
    const { field } = this;
    const reach = this.#reach;
    reach.within = within;
    reach.most = most;
    this.#lows = field.near(anchor, -1, 1, reach, this.#below, 0);
    this.#highs = field.near(anchor, 1, 1, reach, this.#above, 0);
  }

  #leastSpread(anchor: number): number {
    const { ratings } = this.field;
    const others = this.#others;
    const last = Math.min(others, this.#lows);
    let least = Infinity;
    for (let low = Math.max(0, others - this.#highs); low <= last; low++) {
      const top = low === others ? anchor : this.#above[others - low - 1]!;
      const bottom = low === 0 ? anchor : this.#below[low - 1]!;
      const spread = ratings[top]! - ratings[bottom]!;
      if (spread < least) least = spread;
    }
    return least;
  }

  /**
   * Whether somebody further away might be in a window of this spread. That is so where differences of ratings are
   * rounded: ratings of 1 and 0 are as far apart as 1 and 10⁻²⁰.
   */
  #isCutShort(anchor: number, spread: number, most: number): boolean {
    const { ratings } = this.field;
    const own = ratings[anchor]!;
    return (
      (this.#lows >= most && own - ratings[this.#below[this.#lows - 1]!]! <= spread) ||
      (this.#highs >= most && ratings[this.#above[this.#highs - 1]!]! - own <= spread)
    );
  }

  /** Finds the group with the oldest members of all windows with this spread, which is the smallest. */
  #choose(anchor: number, spread: number): void {
    const { ratings } = this.field;
    let isFound = false;
    let high = this.#highs;
    for (let low = 0; low <= this.#lows; low++) {
      const bottom = ratings[low === 0 ? anchor : this.#below[low - 1]!]!;
      if (low < this.#lows && ratings[this.#below[low]!] === bottom) continue;
      while (high > 0 && ratings[this.#above[high - 1]!]! - bottom > spread) high--;
      if (ratings[anchor]! - bottom > spread) break;
      if (low + high < this.#others) continue;
      this.#seat(anchor, low, high);
      if (isFound && !this.field.isOlder(this.#other, this.found)) continue;
      const seated = this.#other;
      this.#other = this.found;
      this.found = seated;
      isFound = true;
    }
  }

  /** Puts the anchor and the oldest of so many below and above into `#other`, oldest first. */
  #seat(anchor: number, low: number, high: number): void {
    let seated = 0;
    for (let index = 0; index < low; index++) seated = this.#insert(this.#below[index]!, seated);
    for (let index = 0; index < high; index++) seated = this.#insert(this.#above[index]!, seated);
    this.#insertAt(anchor, seated);
  }

  /** Inserts one of the others by age, and leaves out the youngest of too many; returns how many there are. */
  #insert(place: number, seated: number): number {
    if (seated < this.#others) {
      this.#insertAt(place, seated);
      return seated + 1;
    }
    if (this.field.ages.isOlder(place, this.#other[seated - 1]!)) this.#insertAt(place, seated - 1);
    return seated;
  }

  /** Puts a place where it belongs among the first so many. */
  #insertAt(place: number, seated: number): void {
    const { ages } = this.field;
    const group = this.#other;
    let index = seated;
    for (; index > 0 && ages.isOlder(place, group[index - 1]!); index--) group[index] = group[index - 1]!;
    group[index] = place;
  }
}
