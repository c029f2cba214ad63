import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignTogether, type MemberSaid } from "../../src/connection/assigner.js";
import type { Assignment } from "../../src/connection/driver.js";

const TOPICS = ["match.duel", "match.duel.log"];
const partitions = (count: number): ReadonlyMap<string, readonly number[]> =>
  new Map(TOPICS.map((topic) => [topic, Array.from({ length: count }, (_, number) => number)]));

const members = (topics = TOPICS): fc.Arbitrary<MemberSaid[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      topics: fc.constant(topics),
      owned: fc.uniqueArray(fc.nat(20), { maxLength: 12 }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
  );

const countOf = (assignment: Assignment | undefined): number => assignment?.[TOPICS[0]!]?.length ?? 0;

describe("the assigner of a group", () => {
  it("gives every partition to one member, the same in each topic, and nobody two more than another", () => {
    fc.assert(
      fc.property(members(), fc.nat(20), (said, count) => {
        const assigned = assignTogether(said, partitions(count));
        const all = [...assigned.values()];
        for (const topic of TOPICS) {
          const given = all.flatMap((one) => one[topic] ?? []).sort((one, other) => one - other);
          expect(given).toEqual(Array.from({ length: count }, (_, number) => number));
        }
        for (const one of all) expect(one[TOPICS[0]!]).toEqual(one[TOPICS[1]!]);
        const counts = all.map(countOf);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("leaves every member what it has, as far as others do not need it", () => {
    fc.assert(
      fc.property(members(), fc.integer({ min: 1, max: 20 }), (said, count) => {
        const before = assignTogether(said, partitions(count));
        const saying = said.map((one) => ({ ...one, owned: before.get(one.id)?.[TOPICS[0]!] ?? [] }));
        expect(assignTogether(saying, partitions(count))).toEqual(before);
        // One goes: what the others have stays.
        const [gone, ...rest] = saying;
        const after = assignTogether(rest, partitions(count));
        for (const { id, owned } of rest)
          expect(after.get(id)?.[TOPICS[0]!] ?? []).toEqual(expect.arrayContaining([...owned]));
        // It comes back with nothing: no more than its share moves.
        const again = assignTogether(
          [...rest.map((one) => stillSaid(one, after)), { ...gone!, owned: [] }],
          partitions(count),
        );
        const moved = rest.flatMap(({ id }) =>
          (after.get(id)?.[TOPICS[0]!] ?? []).filter(
            (number) => !again.get(id)?.[TOPICS[0]!]?.includes(number),
          ),
        );
        expect(moved).toHaveLength(countOf(again.get(gone!.id)) * Number(rest.length > 0));
      }),
    );
  });

  it("gives a member that reads other topics nothing, whatever order they come in", () => {
    fc.assert(
      fc.property(members(), members(["other"]), fc.integer({ min: 1, max: 9 }), (ours, others, count) => {
        const strangers = others.map((one) => ({ ...one, id: `other-${one.id}` }));
        const assigned = assignTogether([...strangers, ...ours], partitions(count));
        for (const { id } of strangers) expect(assigned.get(id)).toEqual({});
        expect(assignTogether([...ours].reverse(), partitions(count))).toEqual(
          assignTogether(ours, partitions(count)),
        );
      }),
    );
  });
});

function stillSaid(one: MemberSaid, assigned: ReadonlyMap<string, Assignment>): MemberSaid {
  return { ...one, owned: assigned.get(one.id)?.[TOPICS[0]!] ?? [] };
}
