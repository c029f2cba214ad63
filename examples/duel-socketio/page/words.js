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
 * @param {{ name: string, players: number }} mode with the fewest players of a match
 */
export function reasonText(explanation, mode) {
  if (!explanation) return "Looking for players…";
  if (explanation.blockedBy.length === 0) return "Your match is being made…";
  return explanation.blockedBy.map((block) => sentence(block, explanation, mode)).join(" ");
}

/**
 * @param {ExplanationView["blockedBy"][number]} block
 * @param {ExplanationView} around
 * @param {{ name: string, players: number }} mode
 */
function sentence({ rule, limit, value }, { nearest, group, givesWayInMs }, { name, players }) {
  const asked = limit ?? 0;
  const there = value ?? 0;
  const far = points(there);
  const comes = givesWayInMs !== null;
  const [kind = rule] = rule.split(":");
  switch (kind) {
    case "players":
      // Until its time is up only the largest bracket would start; the smallest is what one waits for.
      if (name === "tournament") return `${there} of ${players} players are here for a bracket.`;
      return there <= 1 ? "Nobody else is here yet." : `${there} of ${asked} players are here.`;
    case "fillMs":
      return comes
        ? `A bracket of ${group} is full, and collects more until it starts.`
        : `Those who came before you fill a bracket of ${group}; with ${2 * group} players you are in it, too.`;
    case "ratingGap":
      return comes
        ? `The nearest player is ${far} away. Your range is ${points(asked)} now, and widens while you wait.`
        : `The nearest player is ${far} away, and ${points(asked)} are allowed so far.`;
    case "maxRatingGap":
      return `The nearest player is ${far} away, and ${points(asked)} are allowed: somebody closer has to come.`;
    case "maxRatingSpread":
      return `The closest players are ${far} apart, and ${points(asked)} are allowed: somebody closer has to come.`;
    case "recentOpponents":
      return "You have just played whoever would fit.";
    case "blockList":
      return "Whoever would fit is blocked, by you or by them.";
    case "latency":
      return "No place is near enough to all who would fit.";
    default: {
      const nearby = nearest[0] === undefined ? "" : ` The nearest player is ${points(nearest[0])} away.`;
      return `A rule of this mode keeps you apart (${rule}).${nearby}`;
    }
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

/**
 * How even a match is; of a tournament, where one begins in it.
 *
 * @param {MatchView} match
 * @param {string} me
 */
export function qualityText({ quality, bracket, teams }, me) {
  if (bracket) return `${teams.length} players, seeded by rating. ${firstMeeting(bracket, me)}`;
  const percent = Math.round(quality * 100);
  const word = quality >= 0.9 ? "very even" : quality >= 0.7 ? "even" : quality >= 0.4 ? "fair" : "uneven";
  return `Quality ${percent} %: ${word}`;
}

/** @param {import("../src/protocol.js").BracketView} bracket @param {string} me */
function firstMeeting({ rounds }, me) {
  for (const slots of rounds[0] ?? []) {
    const mine = slots.find((slot) => "player" in slot && slot.player.id === me);
    const other = slots.find((slot) => slot !== mine);
    if (!mine || !("seed" in mine) || !other) continue;
    const first =
      "player" in other ? `meet ${other.player.name} (${other.player.rating}) first` : "have a bye";
    return `You are seed ${mine.seed}, and ${first}.`;
  }
  return "";
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
