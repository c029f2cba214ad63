import { element, onClick, onSubmit, textOf } from "./dom.js";
import { Questions } from "./questions.js";
import {
  choice,
  connection,
  draw,
  drawAndFocus,
  drawHistory,
  drawTimes,
  fillChoices,
  problem,
} from "./screen.js";
import { call, keepToken, keptToken, signIn, told } from "./server.js";
import { setCheck, setExplanation, view } from "./view.js";

/**
 * What the player does, and what the server tells: both end in `view`, and are drawn from there.
 *
 * @typedef {import("../src/protocol.js").BoardView} BoardView
 * @typedef {import("../src/protocol.js").CallError} CallError
 * @typedef {import("../src/protocol.js").PlayerStatus} PlayerStatus
 * @typedef {import("../src/protocol.js").TicketView} TicketView
 * @typedef {import("../src/queues.js").Region} Region
 * @typedef {import("./server.js").DuelSocket} DuelSocket
 */

/** How often a range that widens with waiting does so, in ms. */
const WIDENS_MS = 5_000;

const reasons = new Questions(askWhy);
const expectations = new Questions(askHowLong);

/** @param {TicketView | null} ticket */
function setTicket(ticket) {
  if (ticket?.ticketId !== view.ticket?.ticketId) setExplanation(null);
  view.ticket = ticket;
  view.ticketSince = performance.now() - (ticket?.waitedMs ?? 0);
  if (ticket) watchRegion(ticket.region);
}

/** Asks why the ticket waits; an answer that comes too late is about another ticket, and dropped. */
async function askWhy() {
  const { socket, ticket, check } = view;
  if (!ticket || check) return;
  const { explanation } = await call(socket, "explain", {});
  if (view.ticket?.ticketId !== ticket.ticketId) return;
  setExplanation(explanation);
  draw();
  // What widens with waiting gives another reason after a while, though nobody came or left.
  if (explanation?.givesWayInMs) reasons.askIn(Math.min(explanation.givesWayInMs + 500, WIDENS_MS));
}

async function askHowLong() {
  const region = /** @type {Region} */ (choice("region").value);
  const { estimates } = await call(view.socket, "estimate", { region });
  if (choice("region").value !== region) return;
  view.estimates = estimates;
  draw();
}

async function askHistory() {
  const { matches } = await call(view.socket, "history", {});
  view.history = matches;
  drawHistory();
  draw();
}

/**
 * Looks at a region from now on.
 *
 * @param {Region} region
 */
function watchRegion(region) {
  choice("region").value = region;
  expectations.ask();
  if (view.board?.region === region) return;
  view.board = null;
  view.estimates = {};
  call(view.socket, "board", { region }).then(({ board }) => setBoard(board), quietly);
}

/** @param {BoardView} board */
function setBoard(board) {
  if (choice("region").value !== board.region) return;
  view.board = board;
  if (view.ticket) reasons.ask();
  draw();
}

/** Connections come and go: what is asked in passing is asked again when one is back. */
function quietly() {}

/** @param {string} token */
function connect(token) {
  view.socket?.disconnect();
  /** @type {DuelSocket} */
  const socket = io({ auth: { token } });
  view.socket = socket;
  socket.on("connect", () => {
    connection("");
    // Whatever happened meanwhile: the server knows.
    call(socket, "status", {}).then(({ status }) => restore(status), failed);
  });
  socket.on("disconnect", () => {
    if (view.socket !== socket) return;
    connection("The connection is lost. Your place is kept for a few seconds; connecting again…");
  });
  socket.on("connect_error", (error) => {
    const refused = /** @type {{ data?: CallError }} */ (/** @type {unknown} */ (error));
    const { data } = refused;
    if (data?.code.startsWith("TOKEN_")) signOut("Please sign in again.");
    else if (data) connection(data.message);
    // A connection that was lost still is when an attempt to be back fails: that the place is kept stays to be read.
    else if (element("connection").hidden) connection("The server cannot be reached; trying again…");
  });
  socket.on("joined", (ticket) => {
    const isNew = view.ticket?.ticketId !== ticket.ticketId;
    setTicket(ticket);
    reasons.ask();
    if (isNew) drawAndFocus("waiting-title");
  });
  socket.on("board", setBoard);
  socket.on("ready_check", (check) => {
    setCheck(check);
    problem("");
    drawAndFocus("ready-title");
  });
  socket.on("answered", ({ matchId, playerId, accepted }) => {
    if (view.check?.match.matchId !== matchId) return;
    view.check = { ...view.check, answers: { ...view.check.answers, [playerId]: accepted } };
    draw();
  });
  socket.on("released", ({ ticket, reason }) => {
    setCheck(null);
    setTicket(ticket);
    reasons.ask();
    const who = reason === "declined" ? "Somebody declined" : "Somebody did not answer";
    problem(`${who}: you keep your place.`);
    drawAndFocus("waiting-title");
  });
  socket.on("match_found", (match) => {
    setCheck(null);
    setTicket(null);
    view.match = match;
    problem("");
    drawAndFocus("match-title");
    askHistory().catch(quietly);
    expectations.ask();
  });
  socket.on("ended", ({ reason }) => {
    setCheck(null);
    setTicket(null);
    if (reason === "unanswered")
      problem("You or your party did not answer in time, and are out of the queue.");
    if (reason === "lost") problem("Your place was lost; please join again.");
    if (reason === "declined") problem("You or your party declined, and are out of the queue.");
    drawAndFocus(element("choose").hidden ? "party-title" : "choose-title");
  });
  socket.on("party", (party) => {
    view.party = party;
    draw();
  });
}

/** @param {PlayerStatus} status */
function restore({ player, party, ticket, readyCheck, lastMatch }) {
  view.player = player;
  view.party = party;
  view.match = lastMatch;
  // The socket is a new one, and looks at nothing yet.
  view.board = null;
  setTicket(ticket);
  setCheck(readyCheck);
  if (ticket) reasons.ask();
  else watchRegion(/** @type {Region} */ (choice("region").value));
  askHistory().catch(quietly);
  draw();
}

/** @param {unknown} error what a call rejected with */
function failed(error) {
  const { code, message } = told(error);
  if (code === "TOKEN_EXPIRED") signOut("Please sign in again.");
  else problem(message);
}

/**
 * A call that the player asked for.
 *
 * @template {import("../src/protocol.js").CallName} Name
 * @param {Name} name
 * @param {import("./server.js").Payload<Name>} payload
 */
function act(name, payload) {
  problem("");
  call(view.socket, name, payload).catch(failed);
}

/** @param {string} [why] */
function signOut(why = "") {
  keepToken("");
  view.socket?.disconnect();
  Object.assign(view, {
    socket: undefined,
    player: undefined,
    party: null,
    match: null,
    history: [],
    board: null,
  });
  setTicket(null);
  setCheck(null);
  connection("");
  problem(why);
  drawAndFocus("sign-in-title");
}

/** @param {string} name */
async function enter(name) {
  problem("");
  try {
    const { token, player } = await signIn(name);
    keepToken(token);
    view.player = player;
    connect(token);
    drawAndFocus("choose-title");
  } catch (error) {
    failed(error);
  }
}

onSubmit("sign-in-form", (fields) => void enter(textOf(fields, "name")));
onSubmit("join-form", (fields) => {
  const place = { queue: textOf(fields, "queue"), region: textOf(fields, "region") };
  const { party } = view;
  const payload = party && party.players.length > 1 ? { ...place, party: party.code } : place;
  act("join", /** @type {import("./server.js").Payload<"join">} */ (payload));
});
onSubmit("party-form", (fields) => act("joinParty", { code: textOf(fields, "code") }));
onClick("leave", () => act("leave", {}));
onClick("accept", () => {
  if (view.check) act("accept", { matchId: view.check.match.matchId });
});
onClick("decline", () => {
  if (view.check) act("decline", { matchId: view.check.match.matchId });
});
onClick("create-party", () => act("createParty", {}));
onClick("leave-party", () => act("leaveParty", {}));
onClick("sign-out", () => signOut());
element("region").addEventListener("change", () => {
  watchRegion(/** @type {Region} */ (choice("region").value));
  draw();
});

setInterval(drawTimes, 250);
fillChoices();
const invitation = /^#party=(\w+)$/.exec(location.hash)?.[1];
if (invitation) /** @type {HTMLInputElement} */ (element("code")).value = invitation;
draw();
const token = keptToken();
if (token) connect(token);
