/**
 * What the page says, in plain words: nothing here looks at the page.
 *
 * @typedef {import("../src/protocol.js").EstimateView} EstimateView
 * @typedef {import("../src/protocol.js").ExplanationView} ExplanationView
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 */

/** @type {Readonly<Record<string, string>>} */
const REGIONS = {
  eu: "Europe",
  na: "North America",
  asia: "Asia",
  sa: "South America",
  oceania: "Oceania",
  africa: "Africa",
};

/** @param {string} region */
export function regionText(region) {
  return REGIONS[region] ?? region;
}

/**
 * A span of time as one would say it.
 *
 * @param {number} ms
 */
export function span(ms) {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return minutes < 10 && rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/**
 * A span of time as a clock shows it.
 *
 * @param {number} ms
 */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {EstimateView | null | undefined} estimate
 */
export function estimateText(estimate) {
  if (!estimate || estimate.p50Ms === null || estimate.observed === 0)
    return "Expected wait: no experience yet";
  const { p50Ms, p90Ms, basis } = estimate;
  const rare = p90Ms === null || span(p90Ms) === span(p50Ms) ? "" : `, rarely more than ${span(p90Ms)}`;
  const grain = basis === "fallback" ? " (little experience yet)" : "";
  return `Expected wait: about ${span(p50Ms)}${rare}${grain}`;
}

/**
 * @param {number} waiting
 * @param {boolean} isIn whether the reader is one of them
 */
export function waitingText(waiting, isIn) {
  if (waiting === 0) return "Nobody waits here";
  if (isIn)
    return waiting === 1 ? "You are the only one who waits here" : `${waiting} wait here, you included`;
  return waiting === 1 ? "1 waits here" : `${waiting} wait here`;
}

/** @param {number} count */
function points(count) {
  const rounded = Math.round(count);
  return rounded === 1 ? "1 point" : `${rounded} points`;
}

/**
 * Why somebody waits, in a sentence or two.
 *
 * @param {ExplanationView | null} explanation
 * @param {string} queue
 */
export function reasonText(explanation, queue) {
  if (!explanation) return "Looking for players…";
  const { blockedBy, nearest, givesWayInMs } = explanation;
  if (blockedBy.length === 0) return "Your match is being made…";
  const comes = givesWayInMs !== null;
  return blockedBy.map((block) => sentence(block, { queue, nearest, comes })).join(" ");
}

/**
 * @param {ExplanationView["blockedBy"][number]} block
 * @param {{ queue: string, nearest: readonly number[], comes: boolean }} around
 */
function sentence({ rule, limit, value }, { queue, nearest, comes }) {
  const asked = limit ?? 0;
  const there = value ?? 0;
  const [closest] = nearest;
  switch (rule) {
    case "players":
      return queue === "tournament"
        ? `${there} of ${asked} players are here for the bracket.`
        : `${there} of ${asked} players: somebody has to come.`;
    case "maxRatingGap":
    case "ratingGap":
      return comes
        ? `The nearest player is ${points(there)} away; your range is ${points(asked)} and widens while you wait.`
        : `The nearest player is ${points(there)} away, and this mode allows ${points(asked)}: somebody closer has to come.`;
    case "closer":
    case "nearest":
      return `The nearest player${closest === undefined ? "" : `, ${points(closest)} away,`} has somebody closer.`;
    case "maxRatingSpread":
      return `The closest group is ${points(there)} apart, and ${points(asked)} are allowed${comes ? " so far" : ": somebody closer has to come"}.`;
    case "fillMs":
    case "sizes":
    case "size":
      return `There are enough players for a bracket; it collects more for a while.`;
    case "recentOpponents":
      return "You have just played whoever would fit.";
    case "blockList":
    case "blockLists":
    case "blocks":
      return "Whoever would fit is blocked, by you or by them.";
    default:
      return `A rule of this mode keeps you apart: ${rule}${value === null || limit === null ? "" : ` (${there} of ${asked})`}.`;
  }
}

/**
 * @param {number} leftMs
 * @param {string} queue
 */
export function givesWayText(leftMs, queue) {
  const soon = leftMs < 1000 ? "any moment" : `in ${span(leftMs)}`;
  return queue === "tournament"
    ? `It starts ${soon} with the largest size that is full.`
    : `If nobody comes, you play ${soon}.`;
}

/** @param {number} quality from 0 to 1 */
export function qualityText(quality) {
  const percent = Math.round(quality * 100);
  const word = quality >= 0.9 ? "very even" : quality >= 0.7 ? "even" : quality >= 0.4 ? "fair" : "uneven";
  return `Quality ${percent} %: ${word}`;
}

/**
 * Who plays whom, in a line.
 *
 * @param {MatchView} match
 * @param {string} me
 */
export function matchLine({ teams }, me) {
  const sides = teams.map((team) => team.flatMap(({ players }) => players));
  if (sides.length > 2) return `${sides.length} players`;
  const own = sides.find((players) => players.some(({ id }) => id === me)) ?? [];
  const others = sides.filter((players) => players !== own).flat();
  const mates = own.filter(({ id }) => id !== me).map(({ name }) => name);
  const against = `against ${others.map(({ name, rating }) => `${name} (${rating})`).join(" and ")}`;
  return mates.length > 0 ? `with ${mates.join(" and ")} ${against}` : against;
}

/** Whether the party's members are in the way of what they could do next. @param {boolean} isLeader @param {number} size */
export function partyHint(isLeader, size) {
  if (!isLeader) return "Your leader joins for both of you.";
  return size < 2 ? "Waiting for your friend to come in." : "Choose Duo and go: you wait and play together.";
}
