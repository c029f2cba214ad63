import { byAge, byRating, ratingOf, type Ticket } from "../ticket/ticket.js";
import type { Player } from "../ticket/player.js";
import { freeFrom, linksOf } from "./links.js";
import { cheapestMatching } from "./matching.js";

/** What it costs to pair two tickets, 0 or more, in rating points; `Infinity` where they may not meet. Symmetric. */
export type PairCost<P extends Player> = (one: Ticket<P>, other: Ticket<P>) => number;

/**
 * Pairs tickets that not everybody may be paired with: the most pairs, and of all ways to make so many one with the
 * smallest total cost; then the one that pairs the older. No ticket is in two pairs, and each pair is in the order of
 * ratings. The outcome does not depend on the order of `tickets`.
 *
 * `reach` spares work: nobody further apart in rating may be paired in any case.
 */
export type PairUp = <P extends Player>(
  tickets: Iterable<Ticket<P>>,
  costOf: PairCost<P>,
  reach?: number,
) => [Ticket<P>, Ticket<P>][];

/** Of so many tickets that are connected by who may meet whom, pairs are the best there are: in some 10 ms. */
const EXACT_UP_TO = 128;

/** Beyond that, the best pairs of so many at a time. */
const WINDOW = 64;

/** Up to so many connected tickets, with no more partners each on average, it is looked for whom nobody can need. */
const THINNED_UP_TO = 4_096;
const PARTNERS = 128;

/** Costs are told apart to one part in so many of the largest: as exact as the arithmetic of the matching allows. */
const PARTS = 2 ** 27;

/**
 * 1. In the order of ratings, tickets fall into components, connected by who may meet whom.
 * 2. Of a component, some tickets that may not meet each other are set apart (greedily, those with the fewest partners
 *    first). If d others remain, each of them needs no more than its d cheapest partners among those set apart: one
 *    of these is always free. Whoever nobody needs is left out, so that few who come meet the best of many who wait.
 * 3. Up to {@link EXACT_UP_TO} tickets, the best matching is found; ages count below the smallest difference in cost:
 *    the ranks by age of those paired add up to the least.
 * 4. Beyond, in windows along the order of ratings: the best matching of 64, then of those left over and the next.
 *    At last whoever is left takes the closest of who is left. So the outcome is maximal: two who are left may not
 *    meet.
 *
 * Cost: O(n log n + f) for n tickets of which f pairs within `reach` may not meet; O(c³) for a component of c tickets
 * up to 128, O(c) windows of 64 beyond.
 */
export const pairUp: PairUp = (tickets, costOf, reach = Infinity) => {
  const sorted = [...tickets].sort(byRating);
  return componentsOf(sorted, costOf, reach).flatMap((component) => pairsOf(component, costOf, reach));
};

type Pairs<P extends Player> = [Ticket<P>, Ticket<P>][];

/**
 * Connected tickets, in the order of ratings; whoever may meet nobody is left out. Where nearly everybody may meet,
 * nearly each pair that is asked about connects one ticket more.
 */
function componentsOf<P extends Player>(
  sorted: readonly Ticket<P>[],
  costOf: PairCost<P>,
  reach: number,
): Ticket<P>[][] {
  const ratings = sorted.map(ratingOf);
  // To the next place, upwards and downwards, that is not in a component yet.
  const upwards = linksOf(sorted.length + 1);
  const downwards = linksOf(sorted.length + 1);
  const components: Ticket<P>[][] = [];
  for (let first = 0; first < sorted.length; first = freeFrom(upwards, first)) {
    const members: number[] = [];
    // Places downwards are counted from 1, so that there is one below the lowest.
    const take = (place: number): void => {
      members.push(place);
      upwards[place] = place + 1;
      downwards[place + 1] = place;
    };
    const isConnected = (one: number, other: number): boolean =>
      costOf(sorted[one]!, sorted[other]!) < Infinity;
    take(first);
    for (const one of members) {
      for (let other = freeFrom(upwards, one); other < sorted.length; other = freeFrom(upwards, other + 1)) {
        if (ratings[other]! - ratings[one]! > reach) break;
        if (isConnected(one, other)) take(other);
      }
      for (let other = freeFrom(downwards, one); other > 0; other = freeFrom(downwards, other - 1)) {
        if (ratings[one]! - ratings[other - 1]! > reach) break;
        if (isConnected(one, other - 1)) take(other - 1);
      }
    }
    if (members.length > 1) {
      components.push(members.sort((one, other) => one - other).map((place) => sorted[place]!));
    }
  }
  return components;
}

function pairsOf<P extends Player>(component: Ticket<P>[], costOf: PairCost<P>, reach: number): Pairs<P> {
  if (component.length === 2) return [[component[0]!, component[1]!]];
  const thinned = component.length > THINNED_UP_TO ? component : withoutUnneeded(component, costOf);
  if (thinned.length <= EXACT_UP_TO) return bestPairs(thinned, costOf);
  const pairs: Pairs<P> = [];
  let window: Ticket<P>[] = [];
  for (let next = 0; next < thinned.length;) {
    const room = WINDOW - window.length;
    window.push(...thinned.slice(next, next + room));
    next += room;
    const found = bestPairs(window, costOf);
    pairs.push(...found);
    const rest = without(window, found);
    window = rest.splice(-WINDOW / 2);
  }
  // Whoever was thought not to be needed may be, now that it is not the best matching.
  const taken = new Set(pairs.flat());
  const isLeft = component.filter((ticket) => !taken.has(ticket));
  pairs.push(...closestPairs(isLeft, costOf, reach));
  return pairs;
}

function without<P extends Player>(tickets: readonly Ticket<P>[], pairs: Pairs<P>): Ticket<P>[] {
  const paired = new Set(pairs.flat());
  return tickets.filter((ticket) => !paired.has(ticket));
}

/** Step 2: the tickets that the best matching can need. */
function withoutUnneeded<P extends Player>(component: Ticket<P>[], costOf: PairCost<P>): Ticket<P>[] {
  const partners = component.map(() => [] as { place: number; cost: number }[]);
  let room = (component.length * PARTNERS) / 2;
  for (let one = 0; one < component.length; one++) {
    for (let other = one + 1; other < component.length; other++) {
      const cost = costOf(component[one]!, component[other]!);
      if (cost === Infinity) continue;
      // Where many may meet many, everybody can be needed.
      if (room-- === 0) return component;
      partners[one]!.push({ place: other, cost });
      partners[other]!.push({ place: one, cost });
    }
  }
  const apart = new Set<number>();
  const byPartners = component
    .map((_, place) => place)
    .sort((one, other) => partners[one]!.length - partners[other]!.length || one - other);
  for (const place of byPartners)
    if (!partners[place]!.some((other) => apart.has(other.place))) apart.add(place);
  const others = component.length - apart.size;
  const needed = new Set<number>();
  for (const [place, all] of partners.entries()) {
    if (apart.has(place)) continue;
    needed.add(place);
    const choice = all.filter((other) => apart.has(other.place));
    choice.sort((one, two) => one.cost - two.cost || byAge(component[one.place]!, component[two.place]!));
    for (const other of choice.slice(0, others)) needed.add(other.place);
  }
  return component.filter((_, place) => needed.has(place));
}

/** Step 3. */
function bestPairs<P extends Player>(tickets: readonly Ticket<P>[], costOf: PairCost<P>): Pairs<P> {
  const size = tickets.length;
  const costs = new Float64Array(size * size).fill(Infinity);
  let largest = 1;
  for (let one = 0; one < size; one++) {
    for (let other = one + 1; other < size; other++) {
      const cost = costOf(tickets[one]!, tickets[other]!);
      costs[one * size + other] = costs[other * size + one] = cost;
      if (cost < Infinity && cost > largest) largest = cost;
    }
  }
  // A power of two: whole ratings, halves and quarters are counted exactly.
  const scale = PARTS / 2 ** Math.floor(Math.log2(largest));
  const ranks = new Float64Array(size);
  const byRank = tickets.map((_, place) => place).sort((one, other) => byAge(tickets[one]!, tickets[other]!));
  byRank.forEach((place, rank) => (ranks[place] = rank));
  const unit = size * size;
  for (let edge = 0; edge < costs.length; edge++) {
    const rank = ranks[Math.floor(edge / size)]! + ranks[edge % size]!;
    costs[edge] = Math.round(costs[edge]! * scale) * unit + rank;
  }
  const partners = cheapestMatching(size, costs);
  return tickets.flatMap((ticket, place): Pairs<P> => {
    const partner = partners[place]!;
    return partner > place ? [[ticket, tickets[partner]!]] : [];
  });
}

/** From the lowest rating upwards, each takes the closest above that is left; of several the oldest. */
function closestPairs<P extends Player>(
  sorted: readonly Ticket<P>[],
  costOf: PairCost<P>,
  reach: number,
): Pairs<P> {
  const taken = new Set<Ticket<P>>();
  return sorted.flatMap((one, place): Pairs<P> => {
    if (taken.has(one)) return [];
    let closest: Ticket<P> | undefined;
    let least = Infinity;
    for (let next = place + 1; next < sorted.length; next++) {
      const other = sorted[next]!;
      if (ratingOf(other) - ratingOf(one) > reach) break;
      if (taken.has(other)) continue;
      const cost = costOf(one, other);
      if (cost > least || cost === Infinity || (cost === least && byAge(other, closest!) > 0)) continue;
      least = cost;
      closest = other;
    }
    if (!closest) return [];
    taken.add(one).add(closest);
    return [[one, closest]];
  });
}
