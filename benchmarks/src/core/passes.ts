import { figure } from "../report.js";
import type { Row } from "../row.js";
import { HUNDRED_THOUSAND, measurePools, type Size } from "./pools.js";
import { cppStrength, subjects, type Subject } from "./strategies.js";

const MILLION: Size = { tickets: 1_000_000, warm: 2, rounds: 7 };

/** Each strategy over 100,000 tickets in six pools that were just filled: all dirty, warm, matches as objects. */
export const firstPasses: readonly Row[] = subjects.map((subject) => ({
  name: `${subject.name}.first-pass`,
  unit: "ms",
  goal: subject.goal,
  ...(subject.strength && { strength: subject.strength }),
  measure: () => measured(subject, HUNDRED_THOUSAND),
}));

/** The same with ten times as many. */
export const millions: readonly Row[] = subjects.map((subject) => ({
  name: `${subject.name}.million`,
  unit: "ms",
  goal: undefined,
  measure: () => measured(subject, MILLION),
}));

/** Filling the pools of the first pass, one `add` a ticket, against the time in which C++ has paired them. */
export const fill: Row = {
  name: "pool.fill",
  unit: "ms",
  goal: { of: "ratio", bound: "at most", limit: 20 },
  strength: cppStrength,
  async measure() {
    const { fill: ours, cpp: reference } = await measurePools(subjects[0]!, HUNDRED_THOUSAND);
    return { ours, reference, notes: [] };
  },
};

async function measured(subject: Subject, size: Size) {
  const rounds = await measurePools(subject, size);
  const same = `both sides made ${subject.words(rounds)}`;
  const notes = [same];
  const { simpler } = rounds;
  if (simpler !== undefined) {
    const ratio = (rounds.pass / simpler).toFixed(2);
    notes.push(`C++ takes ${figure(simpler)} ms for ${subject.simpler!.words}: ${ratio} × that`);
  }
  return { ours: rounds.pass, reference: rounds.cpp, notes };
}
