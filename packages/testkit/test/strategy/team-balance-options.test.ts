import {
  EvenmatchError,
  Matchmaker,
  Relaxation,
  TeamBalance,
  type TeamBalanceOptions,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";

const duo = { teams: 2, teamSize: 2, maxRatingSpread: 200 };

function refusal(make: () => unknown): EvenmatchError {
  try {
    make();
  } catch (error) {
    if (error instanceof EvenmatchError) return error;
    throw error;
  }
  return expect.unreachable("it was not refused");
}

describe("TeamBalance refuses", () => {
  it.each<[string, unknown, RegExp]>([
    ["options that are none", undefined, /TeamBalance is an object/],
    ["an option of another name", { ...duo, teamsize: 2 }, /no option of this name.*"teamsize".*teamSize/],
    ["no number of teams", { ...duo, teams: undefined }, /teams is a whole number of 1 or more/],
    ["half a team", { ...duo, teams: 1.5 }, /teams is a whole number/],
    ["a single player alone", { ...duo, teams: 1, teamSize: 1 }, /teams is a whole number of 2 or more.*1/],
    ["teams of nobody", { ...duo, teamSize: 0 }, /teamSize is a whole number of 1 or more.*0/],
    ["a text as team size", { ...duo, teamSize: "2" }, /teamSize is a whole number.*"2"/],
    ["no spread", { teams: 2, teamSize: 2 }, /maxRatingSpread is a finite number of 0 or more/],
    ["a negative spread", { ...duo, maxRatingSpread: -1 }, /maxRatingSpread is a finite number.*-1/],
    [
      "an endless spread",
      { ...duo, maxRatingSpread: Infinity },
      /maxRatingSpread is a finite number.*Infinity/,
    ],
    [
      "a spread that looks like a relaxation",
      { ...duo, maxRatingSpread: { from: 1, to: 2 } },
      /a Relaxation.*from/,
    ],
    ["a negative weight", { ...duo, uncertaintyWeight: -0.1 }, /uncertaintyWeight is a finite number.*-0\.1/],
    ["a weight of no number", { ...duo, uncertaintyWeight: Number.NaN }, /uncertaintyWeight.*NaN/],
    ["sizes that are no list", { ...duo, partySizes: 2 }, /partySizes is a list of sizes.*2/],
    ["no sizes", { ...duo, partySizes: [] }, /partySizes is a list of sizes.*\[\]/],
    ["a party larger than a team", { ...duo, partySizes: [1, 3] }, /from 1 to teamSize, 2.*3/],
    ["a party of nobody", { ...duo, partySizes: [0, 1] }, /from 1 to teamSize, 2.*0/],
    [
      "sizes that fill no team: threes in a team of four",
      { ...duo, teamSize: 4, partySizes: [3] },
      /fill a team of 4 exactly.*party of 3.*1 seats beside it stay empty.*\[3\].*add up to teamSize/,
    ],
    ["3 + 3 + 2 in four against four", { ...duo, teamSize: 4, partySizes: [2, 3] }, /party of 3/],
    ["a size that fits beside no other", { ...duo, teamSize: 5, partySizes: [5, 4] }, /party of 4/],
  ])("%s", (_what, options, message) => {
    const error = refusal(() => new TeamBalance(options as TeamBalanceOptions));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toMatch(message);
  });

  it.each([
    [4, [2]],
    [4, [1, 3]],
    [5, [2, 3]],
    [5, [5]],
    [7, [2, 3]],
  ])("but not what fills a team of %i: parties of %j", (teamSize, partySizes) => {
    const strategy = new TeamBalance({ ...duo, teamSize, partySizes });
    expect(strategy.partySizes).toEqual(partySizes);
    expect(strategy.maxPartySize).toBe(Math.max(...partySizes));
  });

  it("a queue whose tickets end before the spread widens", () => {
    const made = (ticketTtlMs: number, maxRatingSpread: number | Relaxation) => () =>
      new Matchmaker({
        queues: { duo: { strategy: new TeamBalance({ ...duo, maxRatingSpread }), ticketTtlMs } },
      });
    const steps = Relaxation.steps({ from: 50, by: 50, everyMs: 5_000 });
    const error = refusal(made(5_000 - 1, steps));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toMatch(
      /widens before a ticket ends.*5000 ms; received 4999\. Set ticketTtlMs higher/,
    );
    made(5_000, steps)();
    made(1, 200)();
    made(1, Relaxation.constant(200))();
  });
});
