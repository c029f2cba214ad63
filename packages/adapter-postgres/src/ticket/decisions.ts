import type { Decision, DecisionOutcome, Match } from "@evenmatch/core";
import { arrayText, Columns } from "../connection/columns.js";
import { segmentsOf, type Placed } from "./segments.js";

/** What `decide` of the database returns for a place: whatever is not the usual outcome. */
export interface DecidedRow {
  readonly place: number;
  readonly outcome: string;
  readonly refs: readonly string[] | null;
}

/** A claim with the settling that follows it in the same batch. */
interface SettledClaim {
  readonly type: "claim and settle";
  readonly claim: Extract<Decision, { type: "claim" }>;
  readonly settlesAt: number;
  readonly settle: Extract<Decision, { type: "settle" }>;
}

type Unit = Decision | SettledClaim;

/** The statement that decides a segment. */
export const DECIDE = `SELECT * FROM {schema}.decide(${Array.from({ length: 24 }, (_, n) => `$${n + 1}`).join(", ")})`;

/** Decisions as calls, one after the other. */
export function decisionSegments(decisions: readonly Decision[]): Placed<Unit>[][] {
  const units: Placed<Unit>[] = [];
  const claims = new Map<string, number>();
  for (const [place, decision] of decisions.entries()) {
    if (decision.type === "settle") {
      const at = claims.get(decision.matchId);
      const claimed = at === undefined ? undefined : units[at];
      // Only what follows at once: anything in between might build on the claim alone.
      if (claimed?.input.type === "claim" && claimed.place === place - 1) {
        const input: SettledClaim = {
          type: "claim and settle",
          claim: claimed.input,
          settlesAt: place,
          settle: decision,
        };
        units[at as number] = { place: claimed.place, input };
        continue;
      }
    }
    if (decision.type === "claim") claims.set(decision.match.id, units.length);
    units.push({ place, input: decision });
  }
  return segmentsOf(units, keysOf, ({ type }) => (type === "release" ? "release" : ""));
}

function keysOf(unit: Unit): readonly string[] {
  switch (unit.type) {
    case "claim and settle":
      return keysOf(unit.claim);
    case "claim":
      return [`match ${unit.match.id}`, ...idsOf(unit.match).map((id) => `ticket ${id}`)];
    case "expire":
      return [`ticket ${unit.ticketId}`];
    default:
      return [`match ${unit.matchId}`];
  }
}

function idsOf({ teams }: Match): string[] {
  return teams.flatMap((team) => team.map(({ id }) => id));
}

/** The parameters of {@link DECIDE}. */
export function decideValues(
  segment: readonly Placed<Unit>[],
  pool: number,
  fence: bigint,
  now: number,
): unknown[] {
  const claims = new Columns(7);
  const claimed = new Columns(3);
  const settles = new Columns(3);
  const delivers = new Columns(2);
  const expires = new Columns(2);
  const releases = new Columns(4);
  const claim = (place: number, match: Match, settlesAt: number | null, assignment: string | null): void => {
    const ids = idsOf(match);
    const body = JSON.stringify(match);
    claims.add(place, match.id, body, match.acceptBy ?? null, arrayText(ids), settlesAt, assignment);
    for (const id of ids) claimed.add(claims.length, match.id, id);
  };
  for (const { place, input } of segment) {
    switch (input.type) {
      case "claim and settle":
        claim(place, input.claim.match, input.settlesAt, assignmentText(input.settle));
        break;
      case "claim":
        claim(place, input.match, null, null);
        break;
      case "settle":
        settles.add(place, input.matchId, assignmentText(input));
        break;
      case "deliver":
        delivers.add(place, input.matchId);
        break;
      case "expire":
        expires.add(place, input.ticketId);
        break;
      case "release":
        releases.add(place, input.matchId, arrayText(input.drop), input.reason);
        break;
    }
  }
  return [
    pool,
    String(fence),
    now,
    ...[claims, claimed, settles, delivers, expires, releases].flatMap(({ all }) => all),
  ];
}

function assignmentText({ assignment }: Extract<Decision, { type: "settle" }>): string | null {
  return assignment ? JSON.stringify(assignment) : null;
}

/** What a decision answers, by what the database said of its place: nothing for the usual outcome. */
export function decisionOutcome({ type }: Decision, said: DecidedRow | undefined): DecisionOutcome {
  if (!said) return { type: USUAL[type] };
  if (said.outcome === "gone") return { type: "gone", ticketIds: said.refs ?? [] };
  return { type: said.outcome } as DecisionOutcome;
}

const USUAL = {
  claim: "claimed",
  release: "released",
  settle: "settled",
  deliver: "delivered",
  expire: "expired",
} as const;
