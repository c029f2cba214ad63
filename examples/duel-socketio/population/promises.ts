/** An estimate is held against what happens when it rests on so many waits. */
export const ENOUGH_OBSERVED = 200;

/** With fewer estimates than this the share says nothing: of all pools together, and of one. */
const ENOUGH_PROMISES = 200;
const ENOUGH_IN_POOL = 100;

/** The least and the greatest share of waits within their p90, in percent. */
const LEAST = 80;
const MOST = 97;

/** Waits that came to an end after an estimate that rested on enough, and those that were within its p90. */
export interface Promised {
  readonly made: number;
  readonly held: number;
}

/** What became of the estimates of pools, by the pools' names. */
export type Promises = Readonly<Record<string, Promised>>;

/** The promises of several processes together. */
export function added(all: readonly Promises[]): Promises {
  const sum: Record<string, Promised> = {};
  for (const [pool, { made, held }] of all.flatMap((each) => Object.entries(each))) {
    const before = sum[pool] ?? { made: 0, held: 0 };
    sum[pool] = { made: before.made + made, held: before.held + held };
  }
  return sum;
}

/**
 * Whether the p90 of estimates held as often as it should, all together and in each pool with enough of them.
 * `percent` is null where too few were made; `worst` is the pool furthest from 90 %.
 */
export function judgePromises(promises: Promises): {
  readonly promised: number;
  readonly percent: number | null;
  readonly pools: number;
  readonly worst: string | null;
  readonly ok: boolean;
} {
  const { all } = added(Object.values(promises).map((each) => ({ all: each })));
  const pools = Object.entries(promises)
    .filter(([, { made }]) => made >= ENOUGH_IN_POOL)
    .map(([pool, each]) => ({ pool, percent: percentOf(each), slack: standardError(each) }))
    .sort((one, other) => Math.abs(other.percent - 90) - Math.abs(one.percent - 90));
  const percent = all && all.made >= ENOUGH_PROMISES ? percentOf(all) : null;
  const [worst] = pools;
  return {
    promised: all?.made ?? 0,
    percent,
    pools: pools.length,
    worst: worst ? `${worst.pool} ${worst.percent} %` : null,
    ok: [...(percent === null ? [] : [{ percent, slack: 0 }]), ...pools].every(
      (share) => share.percent >= LEAST - share.slack && share.percent <= MOST + share.slack,
    ),
  };
}

/** How far a share that is 90 % is usually found beside it among so few, in percent. */
function standardError({ made }: Promised): number {
  return (100 * Math.sqrt(0.9 * 0.1)) / Math.sqrt(made);
}

function percentOf({ made, held }: Promised): number {
  return Math.round((1_000 * held) / made) / 10;
}
