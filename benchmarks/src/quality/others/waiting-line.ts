/** Those who wait, in the order of rating; small enough that moving places is cheap. */
export class WaitingLine {
  readonly #ratings: ArrayLike<number>;
  /** Places in the trace; equal ratings in the order of arrival. */
  readonly inOrder: number[] = [];

  constructor(ratings: ArrayLike<number>) {
    this.#ratings = ratings;
  }

  get size(): number {
    return this.inOrder.length;
  }

  add(who: number): void {
    this.inOrder.splice(this.placeOf(who), 0, who);
  }

  remove(who: number): void {
    this.inOrder.splice(this.placeOf(who), 1);
  }

  gap(one: number, other: number): number {
    return Math.abs(this.#ratings[one]! - this.#ratings[other]!);
  }

  /** The closest of all who wait beside this one, the older of two; `undefined` when it is alone. */
  closest(who: number): number | undefined {
    const place = this.placeOf(who);
    const below = this.inOrder[place - 1];
    const above = this.inOrder[this.inOrder[place] === who ? place + 1 : place];
    if (below === undefined || above === undefined) return below ?? above;
    const difference = this.gap(who, below) - this.gap(who, above);
    return difference < 0 || (difference === 0 && below < above) ? below : above;
  }

  /** Where somebody stands in the order, or would. */
  placeOf(who: number): number {
    const rating = this.#ratings[who]!;
    let low = 0;
    let high = this.inOrder.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.inOrder[middle]!;
      const precedes = this.#ratings[other]! - rating || other - who;
      if (precedes < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
