import type { Millis } from "@evenmatch/core";
import { happens, type Call, type Evidence, type Heard } from "./evidence.js";
import type { HistoryEntry, News, Replied, Told, Unanswered } from "./history.js";

/**
 * A span of a run on whose acknowledgements the store may have gone back, because its setting promises no more: its
 * server lost the last of what it had acknowledged, and came back as it was before. A join of the span may be gone; a
 * leave, a claim or an end of it may be undone, so that the ticket waits again and ends another way. What was
 * acknowledged earlier, or asked for later, is held to everything.
 */
export interface LossWindow {
  /** What was acknowledged before is kept; `-Infinity` for a store that keeps nothing. */
  readonly from: Millis;
  /** By then the server that acknowledged it was dead: what is asked for later is kept. */
  readonly until: Millis;
  /**
   * Until then somebody may be told what a process had acknowledged by the end of the span: messages are under way, and
   * processes need a while to notice. `until` when left out.
   */
  readonly toldUntil?: Millis | undefined;
  /** Answered calls are kept all the same: only what people were told unasked may be of something that was lost. */
  readonly newsOnly?: boolean | undefined;
}

/** What was in fact lost within the windows of a run, by what callers saw: not allowed is a violation, this is not. */
export interface Losses {
  /** Tickets that a join was answered for, and that are gone. */
  readonly joins: number;
  /** Leaves that were answered `left`, of tickets that ended in another way. */
  readonly leaves: number;
  /** Matches that somebody was told of, and that do not happen. */
  readonly matches: number;
  /** Tickets of those matches that are in another match. */
  readonly doubled: number;
}

/** The part of a history that holds, and what is known of the rest. */
export interface Remaining {
  /** What was acknowledged in a window and is not so in the end counts as never answered, and never told. */
  readonly entries: readonly HistoryEntry[];
  /** Tickets that may live on though their callers were told that they ended. */
  readonly parted: ReadonlySet<string>;
  readonly losses: Losses;
}

/** Sets aside what the store may have gone back on, and has: what the final state does not bear out. */
export function setAside(evidence: Evidence, windows: readonly LossWindow[]): Remaining {
  const replies = new Set<Replied>();
  const told = new Set<Told>();
  const parted = new Set<string>();
  const joins = new Set<string>();
  const matches = new Map<string, readonly string[]>();
  let leaves = 0;
  for (const call of evidence.calls.values()) {
    const { called, replied } = call;
    if (!replied || !windows.some((window) => !window.newsOnly && isAnsweredIn(window, call))) continue;
    if (bearsOutReply(evidence, call, replied)) continue;
    replies.add(replied);
    if (replied.reply.type === "joined") joins.add(replied.reply.ticketId);
    if (called.operation.type !== "leave") continue;
    parted.add(called.operation.ticketId);
    if (replied.reply.type === "left") leaves++;
  }
  for (const heard of [
    ...evidence.matches,
    ...evidence.readyChecks,
    ...evidence.ends,
    ...evidence.releases,
  ] as Heard[]) {
    if (bearsOutNews(evidence, heard.news)) continue;
    if (!windows.some((window) => isToldIn(evidence, window, heard))) continue;
    told.add(heard.told);
    const { news } = heard;
    if (news.type === "match") matches.set(news.matchId, ticketsIn(news));
    if (news.type === "match" || news.type === "ended") for (const id of ticketsIn(news)) parted.add(id);
  }
  return {
    entries: evidence.entries.flatMap((entry) => {
      if (entry.type === "told" && told.has(entry)) return [];
      return entry.type === "replied" && replies.has(entry) ? [unanswered(entry)] : [entry];
    }),
    parted,
    losses: { joins: joins.size, leaves, matches: matches.size, doubled: againMatched(evidence, matches) },
  };
}

/** Whether a call was under way in the span, and answered soon enough for the answer to be of it. */
function isAnsweredIn({ from, until, toldUntil = until }: LossWindow, { called, replied }: Call): boolean {
  return replied !== undefined && replied.at >= from && replied.at <= toldUntil && called.at <= until;
}

/** Whether news may be of the span: told in it, or a little later of tickets that were asked for by its end. */
function isToldIn(
  evidence: Evidence,
  { from, until, toldUntil = until }: LossWindow,
  { told, news }: Heard,
): boolean {
  if (told.at < from || told.at > toldUntil) return false;
  // A ticket may be answered for at a later try than the one that made it.
  const isEarly = (ticketId: string): boolean =>
    !evidence.answeredFor.has(ticketId) ||
    evidence.joinsFor({ ticketId, players: [] }).some(({ called }) => called.at <= until);
  return told.at <= until || ticketsIn(news).every(isEarly);
}

/** Whether what was answered is so in the end, or contradicts nothing there. */
function bearsOutReply(
  { tickets, releasedOf }: Evidence,
  { called: { operation } }: Call,
  { reply }: Replied,
): boolean {
  if (reply.type === "joined") return tickets.has(reply.ticketId);
  // Nothing of the final state says who answered a ready check, and who was in the way of a join.
  if (operation.type !== "leave") return false;
  const state = tickets.get(operation.ticketId)?.state;
  if (state === undefined) return true;
  if (reply.type === "left") return state === "left";
  if (reply.type === "unknown") return state === "expired";
  return (
    state === "matched" || state === "claimed" || (state === "left" && releasedOf.has(operation.ticketId))
  );
}

function bearsOutNews({ finalMatches, tickets }: Evidence, news: News): boolean {
  if (news.type === "ended") return (tickets.get(news.ticketId)?.state ?? news.state) === news.state;
  const match = finalMatches.get(news.matchId);
  if (news.type === "readyCheck") return match !== undefined;
  const isHappening = match !== undefined && happens(match);
  return news.type === "match" ? isHappening : !isHappening;
}

function ticketsIn(news: News): readonly string[] {
  return "teams" in news ? news.teams.flat().map(({ ticketId }) => ticketId) : [news.ticketId];
}

function unanswered({ at, process, call }: Replied): Unanswered {
  return { type: "unanswered", at, process, call };
}

/** How many tickets of undone matches are in another one, undone or not. */
function againMatched({ settledOf }: Evidence, undone: ReadonlyMap<string, readonly string[]>): number {
  const ids = [...undone.values()].flat();
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  return new Set([...ids.filter((id) => settledOf.has(id)), ...twice]).size;
}
