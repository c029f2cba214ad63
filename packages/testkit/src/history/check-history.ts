import { Evidence } from "./evidence.js";
import type { FinalState, HistoryEntry } from "./history.js";
import { setAside, type Losses } from "./loss-window.js";
import { leaveRules } from "./rules/leaves.js";
import { matchRules } from "./rules/matches.js";
import type { CheckOptions, Rule } from "./rules/rule.js";
import { ticketRules } from "./rules/tickets.js";
import { toldRules } from "./rules/told.js";

const rules = { ...ticketRules, ...leaveRules, ...matchRules, ...toldRules };

/** The id of a rule. */
export type HistoryRule = keyof typeof rules;

/** Every rule that a history is held to: a closed list. */
export const HISTORY_RULES: Readonly<Record<HistoryRule, Rule>> = rules;

/** What breaks a rule, and the entries that show it. */
export interface Violation {
  readonly rule: HistoryRule;
  readonly message: string;
  readonly entries: readonly HistoryEntry[];
}

/** What a run amounted to. */
export interface HistoryCounts {
  /** Tickets that a join was answered for, or that the store holds. */
  readonly tickets: number;
  readonly matched: number;
  readonly left: number;
  readonly expired: number;
  readonly waiting: number;
  /** Tickets that are gone, or that nothing will ever end. */
  readonly lost: number;
  readonly doubled: number;
  /** Calls without an answer, those of killed processes among them. */
  readonly unanswered: number;
  readonly calls: number;
  readonly told: number;
}

/** What the checker says of a run. */
export interface Verdict {
  /** True when no rule is broken. */
  readonly ok: boolean;
  /** Nothing was matched, so the run shows nothing; it is not `ok` then. */
  readonly vacuous: boolean;
  readonly counts: HistoryCounts;
  /** What was lost, and was allowed to be: nothing without `lossWindows`. */
  readonly losses: Losses;
  readonly violations: readonly Violation[];
}

/**
 * Judges what callers saw, and what the store holds in the end, by one sentence: every ticket that a join answered
 * for ends exactly once. The library's own events are no evidence here. What follows from the sentence is the closed
 * list {@link HISTORY_RULES}.
 *
 * The times of different processes are compared to the millisecond, so their clocks should agree to it; within a
 * process the order of entries counts.
 */
export function checkHistory(
  entries: readonly HistoryEntry[],
  final: FinalState,
  options: CheckOptions = {},
): Verdict {
  const seen = new Evidence(entries, final);
  const remaining = setAside(seen, options.lossWindows ?? []);
  const evidence = new Evidence(remaining.entries, final, remaining.parted);
  const violations: Violation[] = [];
  for (const [rule, { check }] of Object.entries(HISTORY_RULES) as [HistoryRule, Rule][]) {
    check(evidence, (message, shown = []) => violations.push({ rule, message, entries: shown }), options);
  }
  return {
    ok: violations.length === 0,
    vacuous: violations.some(({ rule }) => rule === "vacuous"),
    counts: countsOf(seen, violations),
    losses: remaining.losses,
    violations,
  };
}

/** Violations for people: the sentence of each broken rule once, with the first few cases under it. */
export function describeViolations({ violations }: Verdict, most = 3): string {
  const broken = new Map<HistoryRule, Violation[]>();
  for (const violation of violations)
    broken.set(violation.rule, [...(broken.get(violation.rule) ?? []), violation]);
  return Array.from(broken, ([rule, cases]) => {
    const shown = cases
      .slice(0, most)
      .map(({ message, entries }) =>
        [`  - ${message}`, ...entries.map((entry) => `    ${JSON.stringify(entry)}`)].join("\n"),
      );
    const more = cases.length > most ? [`  and ${cases.length - most} more`] : [];
    return [`${rule}: ${HISTORY_RULES[rule].sentence}`, ...shown, ...more].join("\n");
  }).join("\n");
}

function countsOf(
  { final, answeredFor, tickets, calls, entries, settledOf }: Evidence,
  violations: readonly Violation[],
): HistoryCounts {
  const inState = (state: string): number => final.tickets.filter((ticket) => ticket.state === state).length;
  const broken = (rule: HistoryRule): number =>
    violations.filter((violation) => violation.rule === rule).length;
  const gone = Array.from(answeredFor.keys()).filter((ticketId) => !tickets.has(ticketId)).length;
  return {
    tickets: tickets.size + gone,
    matched: inState("matched"),
    left: inState("left"),
    expired: inState("expired"),
    waiting: inState("waiting"),
    lost:
      broken("lost") +
      final.tickets.filter(({ state, ticketId }) => state === "claimed" && !settledOf.has(ticketId)).length,
    doubled: broken("doubled"),
    unanswered: [...calls.values()].filter(({ replied }) => !replied).length,
    calls: calls.size,
    told: entries.filter(({ type }) => type === "told").length,
  };
}

export type { CheckOptions };
