import { TeamBalance, type Strategy } from "@evenmatch/core";
import { mean, median, settle } from "../figures.js";
import { Peer, answer } from "../peer.js";
import type { Row } from "../row.js";
import { Crowd } from "./crowd.js";

const FEW = 1_000;
const MANY = 1_000_000;
const SEED = 4_177;
const GUESTS = 500;

/** Enough guests to carry a million past the next doubling of the tables, 2^20: growth is told apart, by its stalls. */
const WARM = 110;
const ROUNDS = 200;

type Round = Awaited<ReturnType<Crowd["pass"]>>;

/**
 * The mean cost of one join with a million waiting, against a thousand. Both crowds have a process of their own, so
 * that the garbage collector's work on a million tickets counts where it belongs; rounds alternate.
 */
export const growth = growthOf("growth");

/** The same for two against two. */
export const teamGrowth = growthOf(
  "team-balance.growth",
  () => new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: 1 }),
);

function growthOf(name: string, create?: () => Strategy): Row {
  return {
    name,
    unit: "µs",
    goal: { of: "ratio", bound: "at most", limit: 3 },
    async measure() {
      const few = new Peer<Round>("core", name, String(FEW));
      const many = new Peer<Round>("core", name, String(MANY));
      const rounds: [few: Round, many: Round][] = [];
      for (let round = -WARM; round < ROUNDS; round++) {
        const pair: [Round, Round] = [await few.ask(), await many.ask()];
        if (round >= 0) rounds.push(pair);
      }
      await Promise.all([few.close(), many.close()]);
      const cost = (of: (values: number[]) => number, side: 0 | 1, call: keyof Round): number =>
        1_000 * of(rounds.map((pair) => pair[side][call]));
      const ratio = (of: (values: number[]) => number, call: keyof Round): string =>
        (cost(of, 1, call) / cost(of, 0, call)).toFixed(2);
      return {
        ours: cost(mean, 1, "join"),
        reference: cost(mean, 0, "join"),
        notes: [
          `by the medians of the rounds a join costs ${ratio(median, "join")} ×`,
          `a leave costs ${ratio(mean, "leave")} ×, by the medians ${ratio(median, "leave")} ×`,
        ],
      };
    },
    async serve(argument) {
      const crowd = new Crowd(create?.());
      await crowd.start();
      let grown = false;
      answer(async () => {
        if (!grown) {
          await crowd.grow(Number(argument), SEED);
          await settle();
        }
        grown = true;
        return crowd.pass(GUESTS);
      });
    },
  };
}
