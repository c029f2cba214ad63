import { draw } from "./dom.js";

/** Ratings at the ends of every line, unless somebody is beyond. */
const LOW = 1100;
const HIGH = 1900;

const WIDTH = 320;
const HEIGHT = 38;
const MARGIN = 14;

/**
 * Who waits, as dots on a line of ratings; the reader is marked.
 *
 * @param {readonly number[]} ratings of those who wait
 * @param {number | undefined} mine
 * @param {boolean} isIn whether the reader waits, too
 */
export function ratingLine(ratings, mine, isIn) {
  const all = mine === undefined ? ratings : [...ratings, mine];
  const low = Math.min(LOW, ...all);
  const high = Math.max(HIGH, ...all);
  /** @param {number} rating */
  const at = (rating) => Math.round(MARGIN + ((rating - low) / (high - low)) * (WIDTH - 2 * MARGIN));
  const others = [...ratings];
  const own = isIn && mine !== undefined ? others.indexOf(mine) : -1;
  if (own >= 0) others.splice(own, 1);
  const line = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "line", role: "img" });
  line.append(
    draw("title", {}, lineText(others, mine)),
    draw("line", { x1: MARGIN, x2: WIDTH - MARGIN, y1: 12, y2: 12, class: "axis" }),
    draw("text", { x: MARGIN, y: 30, class: "end" }, String(low)),
    draw("text", { x: WIDTH - MARGIN, y: 30, class: "end", "text-anchor": "end" }, String(high)),
    ...others.map((rating) => draw("circle", { cx: at(rating), cy: 12, r: 5, class: "dot" })),
  );
  if (mine !== undefined) {
    const x = at(mine);
    line.append(
      draw("path", { d: `M${x} 3 l9 9 l-9 9 l-9 -9 z`, class: isIn ? "me in" : "me" }),
      draw("text", { x, y: 32, class: "mine", "text-anchor": "middle" }, `you ${mine}`),
    );
  }
  return line;
}

/** @param {readonly number[]} others @param {number | undefined} mine */
function lineText(others, mine) {
  const own = mine === undefined ? "" : ` You have ${mine}.`;
  return others.length === 0
    ? `Nobody else waits.${own}`
    : `Ratings of who waits: ${others.join(", ")}.${own}`;
}
