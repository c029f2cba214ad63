import { get } from "./server.js";

/**
 * What the server has said: of itself, once, and of the player, again and again.
 *
 * @typedef {import("../src/protocol.js").BoardView} BoardView
 * @typedef {import("../src/protocol.js").ExplanationView} ExplanationView
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 * @typedef {import("../src/protocol.js").PlayerStatus} PlayerStatus
 * @typedef {import("../src/protocol.js").PlayerView} PlayerView
 * @typedef {import("../src/protocol.js").ReadyCheckView} ReadyCheckView
 * @typedef {import("../src/protocol.js").ServerInfo} ServerInfo
 * @typedef {import("../src/protocol.js").TicketView} TicketView
 * @typedef {import("./server.js").DuelSocket} DuelSocket
 */

export const info = /** @type {ServerInfo} */ (await get("/api/info"));
export const modes = new Map(info.queues.map((mode) => [/** @type {string} */ (mode.name), mode]));

/** What the page shows, as the server last said it; with the local time by which spans of time are counted. */
export const view = {
  /** @type {DuelSocket | undefined} */ socket: undefined,
  /** @type {PlayerView | undefined} */ player: undefined,
  /** @type {PlayerStatus["party"]} */ party: null,
  /** @type {TicketView | null} */ ticket: null,
  ticketSince: 0,
  /** @type {ReadyCheckView | null} */ check: null,
  checkEnds: 0,
  checkLasts: 1,
  /** @type {MatchView | null} */ match: null,
  /** @type {readonly MatchView[]} */ history: [],
  /** @type {BoardView | null} */ board: null,
  /** @type {Partial<import("./server.js").Answer<"estimate">["estimates"]>} */ estimates: {},
  /** @type {ExplanationView | null} */ explanation: null,
  givesWayAt: Infinity,
};

/** @param {string} queue */
export function modeOf(queue) {
  const mode = modes.get(queue);
  if (!mode) throw new Error(`there is no mode ${queue}`);
  return mode;
}

/** @param {string} queue */
export function titleOf(queue) {
  return modeOf(queue).title;
}

/** @param {ExplanationView | null} explanation */
export function setExplanation(explanation) {
  view.explanation = explanation;
  const inMs = explanation?.givesWayInMs ?? null;
  view.givesWayAt = inMs === null ? Infinity : performance.now() + inMs;
}

/** @param {ReadyCheckView | null} check */
export function setCheck(check) {
  view.check = check;
  view.checkEnds = performance.now() + (check?.leftMs ?? 0);
  view.checkLasts = Math.max(1, check?.leftMs ?? 1);
}
