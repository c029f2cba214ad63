/** What a setting came to: how long it lets players wait, and what they get for it. */
export interface Point {
  /** In seconds. */
  readonly wait: number;
  /** In rating points. */
  readonly spread: number;
}

/**
 * The least spread that a family of settings reaches at a mean wait: on the lower envelope of its points, which is convex,
 * since a queue may use one setting for a part of its time and another for the rest. Beyond the longest wait it
 * stays as it is there. `undefined` where the family cannot be so fast.
 *
 * Cost: O(n log n) for n settings.
 */
export function spreadAt(points: readonly Point[], wait: number): number | undefined {
  const envelope = envelopeOf(points);
  const after = envelope.findIndex((point) => point.wait >= wait);
  if (after < 0) return envelope.at(-1)?.spread;
  const right = envelope[after]!;
  if (right.wait === wait) return right.spread;
  const left = envelope[after - 1];
  return left && left.spread + slope(left, right) * (wait - left.wait);
}

/** The points below which there is none, nor the line between two of them; the fastest first. */
export function envelopeOf<Each extends Point>(points: readonly Each[]): Each[] {
  const sorted = [...points].sort((one, other) => one.wait - other.wait || one.spread - other.spread);
  const envelope: Each[] = [];
  for (const point of sorted) {
    if (point.spread >= (envelope.at(-1)?.spread ?? Infinity)) continue;
    while (
      envelope.length >= 2 &&
      slope(envelope.at(-2)!, envelope.at(-1)!) >= slope(envelope.at(-2)!, point)
    )
      envelope.pop();
    envelope.push(point);
  }
  return envelope;
}

function slope(left: Point, right: Point): number {
  return (right.spread - left.spread) / (right.wait - left.wait);
}
