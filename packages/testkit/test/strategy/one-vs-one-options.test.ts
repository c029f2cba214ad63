import { OneVsOne, StrictOneVsOne } from "@evenmatch/core";
import { describe, expect, it } from "vitest";

const noGap = "maxRatingGap is a finite number of 0 or more";
const setIt = "Set maxRatingGap to such a value.";

for (const [name, Pairs] of Object.entries({ OneVsOne, StrictOneVsOne })) {
  describe(`the options of ${name}`, () => {
    it.each([
      [undefined, `${name} is an object. See the docs of its options.`],
      [null, `${name} is an object; received null. See the docs of its options.`],
      [50, `${name} is an object; received 50. See the docs of its options.`],
      [[50], `${name} is an object; received [50]. See the docs of its options.`],
      [{}, `${noGap}. ${setIt}`],
      [{ maxRatingGap: null }, `${noGap}; received null. ${setIt}`],
      [{ maxRatingGap: -1 }, `${noGap}; received -1. ${setIt}`],
      [{ maxRatingGap: -Number.MIN_VALUE }, `${noGap}; received -5e-324. ${setIt}`],
      [{ maxRatingGap: Number.NaN }, `${noGap}; received "NaN". ${setIt}`],
      [{ maxRatingGap: Infinity }, `${noGap}; received "Infinity". ${setIt}`],
      [{ maxRatingGap: "50" }, `${noGap}; received "50". ${setIt}`],
      [
        { maxRatingGap: 50, upTo: 100 },
        `${name} has no option of this name; received "upTo". Known are maxRatingGap.`,
      ],
    ])("refuse %j, with the rule, the value and the remedy", (options, message) => {
      const make = () => new Pairs(options as { maxRatingGap: number });
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message }));
    });

    it.each([0, 0.5, 100, Number.MAX_VALUE])("allow a gap of %d", (maxRatingGap) => {
      expect(() => new Pairs({ maxRatingGap })).not.toThrow();
    });
  });
}
