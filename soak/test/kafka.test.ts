import { describe, expect, it } from "vitest";
import { describeViolations, newSeed } from "@evenmatch/testkit";
import { reportOf } from "../src/cluster/describe.js";
import { bundlePrograms, run } from "../src/cluster/run.js";
import { kafka } from "../src/kafka/kafka.js";
import { describe as described } from "../src/report.js";

const { mixes, crowd } = kafka;
/** All but a cluster of three come in four of them; `npm run soak -- kafka` takes every one in turn. */
const HERE = ["broker", "cuts", "zombie", "steps"];
const first = newSeed();
const cases = HERE.map((name, index) => ({ name, seed: (first + index) % 2 ** 32 }));

/** As many as the soak's own, at a pace that a slower machine holds too: where it does not, tickets expire unseen. */
const calmly = { clients: crowd!.clients, perSecond: 80 };

const programs = bundlePrograms(kafka);

describe("processes on Kafka", { timeout: 300_000 }, () => {
  it.each(cases)("lose nothing and double nothing through $name, seed $seed", async ({ name, seed }) => {
    const mix = mixes.find((one) => one.name === name)!;
    const options = { crowd: calmly, programs: await programs, leavesEvidence: true };
    const report = await run({ kind: kafka, seed, mix, ...options });
    // With all that is needed to see it again.
    const text = described(reportOf(kafka.name, report));
    expect(describeViolations(report.verdict), text).toBe("");
    expect(report.flaws, text).toEqual([]);
    expect(report.shortfalls, text).toEqual([]);
    expect(report.verdict.counts, text).toMatchObject({ lost: 0, doubled: 0 });
  });

  it("meet each kind of fault, but for the loss of one broker of three", () => {
    const met = new Set(
      mixes.filter(({ name }) => HERE.includes(name)).flatMap(({ faults }) => Object.keys(faults)),
    );
    const all = new Set(mixes.flatMap(({ faults }) => Object.keys(faults)));
    expect([...all].filter((kind) => !met.has(kind)).sort()).toEqual(["kill-api", "lose-broker"]);
  });
});
