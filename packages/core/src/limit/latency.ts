import type { Millis } from "../clock.js";
import { invalid, objectOf } from "../options.js";
import type { Player, PlayerWith } from "../ticket/player.js";
import { defineLimit } from "./define-limit.js";
import type { Limit } from "./limits.js";
import { attributeOf, checkedName } from "./reading.js";

/** What {@link latency} asks for. */
export interface LatencyOptions<Name extends string = "latency"> {
  /** The highest latency that anybody of a match may have to where it is played, in milliseconds; more than 0. */
  readonly maxMs: Millis;
  /** The attribute with a player's latencies by region; `latency` when left out. */
  readonly attribute?: Name;
}

/**
 * Lets only those meet for whom there is a region in which nobody's latency is above `maxMs`, and says in which of
 * them they play: `match.playedIn`. For queues with one pool for all regions, whose players carry their latency to
 * each region that they have measured; a region that somebody has not measured is out of reach.
 *
 * 1. The latency of a region is that of the player to whom it is furthest.
 * 2. Players may meet when that of some region is at most `maxMs`.
 * 3. They play where it is least; of equal ones, in the region whose name comes first.
 *
 * Throws `INVALID_OPTIONS` when `maxMs` is no finite number above 0.
 *
 * Cost: O(r × p) for r regions and p players.
 *
 * @example
 * ```ts
 * import { latency, Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({
 *   queues: { world: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [latency({ maxMs: 120 })] } },
 * });
 * await matchmaker.join("world", {
 *   players: [{ id: "ann", rating: 1510, attributes: { latency: { eu: 24, us: 97, asia: 210 } } }],
 * });
 * await matchmaker.close();
 * ```
 */
export function latency<const Name extends string = "latency">(
  options: LatencyOptions<Name>,
): Limit<PlayerWith<Readonly<Record<Name, "record">>>> {
  objectOf("latency", options, ["maxMs", "attribute"]);
  const { maxMs } = options;
  if (!(Number.isFinite(maxMs) && maxMs > 0)) {
    const remedy = "Set it to what your game still plays well with.";
    throw invalid("INVALID_OPTIONS", "maxMs of latency is a finite number above 0", maxMs, remedy);
  }
  const name = checkedName("latency", options.attribute ?? "latency");
  const best = (players: readonly Player[]): Place => nearest(players, name);
  return defineLimit({
    rule: name === "latency" ? name : `latency:${name}`,
    attributes: { [name]: "record" },
    among: (players: readonly Player[]) => best(players).ms <= maxMs,
    region: (players: readonly Player[]) => best(players).region,
    bound: maxMs,
    measure: (players: readonly Player[]) => best(players).ms,
  });
}

/** A region, and the latency of the player to whom it is furthest. */
interface Place {
  readonly region: string | undefined;
  readonly ms: Millis;
}

function nearest([first, ...others]: readonly Player[], attribute: string): Place {
  let region: string | undefined;
  let least = Infinity;
  const measured = first ? attributeOf<Readonly<Record<string, Millis>>>(first, attribute) : {};
  const measuredByOthers = others.map((player) =>
    attributeOf<Readonly<Record<string, Millis | undefined>>>(player, attribute),
  );
  for (const name of Object.keys(measured)) {
    let furthest = measured[name] as Millis;
    for (const by of measuredByOthers) {
      const ms = by[name];
      // A region may be called like what every object has.
      furthest = typeof ms === "number" ? Math.max(furthest, ms) : Infinity;
      if (furthest > least) break;
    }
    if (furthest > least || (furthest === least && (region === undefined || name > region))) continue;
    region = name;
    least = furthest;
  }
  return { region, ms: least };
}
