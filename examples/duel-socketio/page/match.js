import { draw, make } from "./dom.js";

/**
 * @typedef {import("../src/protocol.js").BracketView} BracketView
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 * @typedef {import("../src/protocol.js").PlayerView} PlayerView
 * @typedef {import("../src/protocol.js").SlotView} SlotView
 */

const BOX = { width: 148, height: 26, gap: 20, rise: 14 };

/**
 * A match: its bracket, or its teams side by side.
 *
 * @param {MatchView} match
 * @param {string} me
 * @returns {Element[]}
 */
export function matchElements({ teams, bracket }, me) {
  if (bracket) return [bracketElement(bracket, me)];
  return teams.map((team, index) => {
    const players = team.flatMap((ticket) => ticket.players);
    const list = make("ul");
    list.append(...players.map((player) => playerItem(player, me)));
    const mean = players.reduce((sum, { rating }) => sum + rating, 0) / players.length;
    const card = make("div", "", "team");
    const isMine = players.some(({ id }) => id === me);
    card.append(
      make("h3", isMine ? "Your side" : teams.length > 2 ? `Side ${index + 1}` : "Other side"),
      list,
    );
    if (players.length > 1) card.append(make("p", `${Math.round(mean)} on average`, "soft"));
    return card;
  });
}

/** @param {PlayerView} player @param {string} me */
function playerItem({ id, name, rating, bot }, me) {
  const item = make("li", `${name} (${rating})`, id === me ? "you" : "");
  if (id === me) item.append(make("span", "you", "tag"));
  if (bot) item.append(make("span", "bot", "tag"));
  return item;
}

/**
 * The bracket as a drawing that scrolls by itself, and in words for who does not see it.
 *
 * @param {BracketView} bracket
 * @param {string} me
 */
function bracketElement({ rounds }, me) {
  const first = rounds[0]?.length ?? 0;
  const step = 2 * BOX.height + BOX.rise;
  const height = 24 + first * step;
  const width = rounds.length * (BOX.width + BOX.gap) - BOX.gap + 2;
  const svg = draw("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    class: "bracket",
    role: "img",
  });
  svg.append(draw("title", {}, bracketText(rounds, me)));
  rounds.forEach((meetings, round) => {
    const x = 1 + round * (BOX.width + BOX.gap);
    svg.append(draw("text", { x, y: 14, class: "round" }, roundName(rounds.length - round)));
    const each = (first * step) / meetings.length;
    meetings.forEach((slots, index) => {
      const middle = 24 + each * (index + 0.5);
      if (round > 0)
        svg.append(...feeders(x, middle, each, meetings.length * 2 <= (rounds[round - 1]?.length ?? 0)));
      slots.forEach((slot, side) => svg.append(slotElement(slot, x, middle + (side - 1) * BOX.height, me)));
    });
  });
  const scroller = make("div", "", "scroller");
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", "The bracket");
  scroller.append(svg);
  return scroller;
}

/**
 * The lines from the two meetings before.
 *
 * @param {number} x @param {number} middle @param {number} each @param {boolean} isFed
 */
function feeders(x, middle, each, isFed) {
  if (!isFed) return [];
  const from = x - BOX.gap;
  const bend = x - BOX.gap / 2;
  return [-1, 1].map((side) => {
    const path = `M${from} ${middle + (side * each) / 4} H${bend} V${middle} H${x}`;
    return draw("path", { d: path, class: "feeder" });
  });
}

/** @param {SlotView} slot @param {number} x @param {number} y @param {string} me */
function slotElement(slot, x, y, me) {
  const isMe = "player" in slot && slot.player.id === me;
  const group = draw("g", { class: isMe ? "slot mine" : "player" in slot ? "slot" : "slot open" });
  group.append(
    draw("rect", { x, y, width: BOX.width, height: BOX.height }),
    draw("text", { x: x + 8, y: y + 18 }, slotText(slot, isMe)),
  );
  if ("player" in slot && slot.player.bot) {
    group.append(
      draw("text", { x: x + BOX.width - 6, y: y + 18, class: "soft", "text-anchor": "end" }, "bot"),
    );
  }
  return group;
}

/** @param {SlotView} slot @param {boolean} isMe */
function slotText(slot, isMe) {
  if ("bye" in slot) return "bye";
  if (!("player" in slot)) return "";
  const { name, rating } = slot.player;
  const short = name.length > 11 ? `${name.slice(0, 10)}…` : name;
  return `${slot.seed}  ${isMe ? "you" : short} (${rating})`;
}

/** @param {number} left rounds, this one included */
function roundName(left) {
  if (left === 1) return "Final";
  if (left === 2) return "Semifinals";
  if (left === 3) return "Quarterfinals";
  return `Round of ${2 ** left}`;
}

/** @param {BracketView["rounds"]} rounds @param {string} me */
function bracketText(rounds, me) {
  const meetings = (rounds[0] ?? []).map((slots) =>
    slots
      .map((slot) => slotText(slot, "player" in slot && slot.player.id === me).trim() || "open")
      .join(" against "),
  );
  return `${roundName(rounds.length)}: ${meetings.join("; ")}.`;
}
