import { element, make, onClick, onSubmit, say, show, textOf } from "./dom.js";
import { ratingLine } from "./line.js";
import { matchElements } from "./match.js";
import { Questions } from "./questions.js";
import { call, get, keepToken, keptToken, signIn, told } from "./server.js";
import {
  clock,
  estimateText,
  givesWayText,
  matchLine,
  partyHint,
  qualityText,
  reasonText,
  regionText,
  waitingText,
} from "./words.js";

/**
 * @typedef {import("../src/protocol.js").BoardView} BoardView
 * @typedef {import("../src/protocol.js").CallError} CallError
 * @typedef {import("../src/protocol.js").ExplanationView} ExplanationView
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 * @typedef {import("../src/protocol.js").PlayerStatus} PlayerStatus
 * @typedef {import("../src/protocol.js").PlayerView} PlayerView
 * @typedef {import("../src/protocol.js").ReadyCheckView} ReadyCheckView
 * @typedef {import("../src/protocol.js").ServerInfo} ServerInfo
 * @typedef {import("../src/protocol.js").TicketView} TicketView
 * @typedef {import("../src/queues.js").QueueName} QueueName
 * @typedef {import("../src/queues.js").Region} Region
 * @typedef {import("./server.js").DuelSocket} DuelSocket
 */

const info = /** @type {ServerInfo} */ (await get("/api/info"));
const modes = new Map(info.queues.map((mode) => [/** @type {string} */ (mode.name), mode]));

/** How often a range that widens with waiting does so, in ms. */
const WIDENS_MS = 5_000;

/** What the page shows, as the server last said it; with the local time by which spans of time are counted. */
const view = {
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

const reasons = new Questions(askWhy);
const expectations = new Questions(askHowLong);

/** @param {string} text shown until the next action; empty hides it */
function problem(text) {
  say("problem", text);
  show("problem", text !== "");
}

/** @param {string} text empty hides it */
function connection(text) {
  say("connection", text);
  show("connection", text !== "");
}

/** Draws everything from `view`. The state of the page is nowhere else. */
function draw() {
  const { player, party, ticket, check, match } = view;
  const isIn = player !== undefined;
  const isIdle = isIn && !ticket && !check;
  const leads = !party || party.leaderId === player?.id;
  show("who", isIn);
  show("sign-in", !isIn);
  show("choose", isIdle && leads);
  show("waiting", isIn && ticket !== null && check === null);
  show("ready", isIn && check !== null);
  show("match", isIdle && match !== null);
  show("party", isIdle);
  show("history", isIdle && view.history.length > 0);
  if (player) say("player", `${player.name}, rating ${player.rating}`);
  if (ticket) drawTicket(ticket);
  if (check) drawCheck(check, player?.id ?? "");
  if (match) drawMatch(match, player?.id ?? "");
  if (isIdle) drawChoices();
  drawParty();
  drawTimes();
}

/** @param {TicketView} ticket */
function drawTicket({ queue, region, players }) {
  const others = players.filter(({ id }) => id !== view.player?.id).map(({ name }) => name);
  say(
    "waiting-where",
    `${titleOf(queue)}, ${regionText(region)}${others.length > 0 ? `, with ${others.join(", ")}` : ""}`,
  );
  say("reason", reasonText(view.explanation, modeOf(queue)));
  const pool = view.board?.region === region ? view.board.pools[queue] : undefined;
  say("pool", pool && pool.waiting > 0 ? waitingText(pool.waiting, true) : "");
  say("waiting-estimate", estimateText(view.estimates[queue]));
  element("waiting-line").replaceChildren(ratingLine(pool?.ratings ?? [], view.player?.rating, true));
}

/** @param {ReadyCheckView} check @param {string} me */
function drawCheck({ match, answers }, me) {
  const players = match.teams.flat().flatMap((ticket) => ticket.players);
  const accepted = players.filter(({ id }) => answers[id] === true).length;
  const hasAnswered = answers[me] !== undefined;
  say("ready-where", `${titleOf(match.queue)}, ${regionText(match.region)}: ${matchLine(match, me)}`);
  say("answers", `${accepted} of ${players.length} accepted${hasAnswered ? "; waiting for the others" : ""}`);
  for (const id of ["accept", "decline"]) {
    const button = /** @type {HTMLButtonElement} */ (element(id));
    button.disabled = hasAnswered;
  }
}

/** @param {MatchView} match @param {string} me */
function drawMatch(match, me) {
  const place = element("teams");
  if (place.dataset["matchId"] === match.matchId) return;
  place.dataset["matchId"] = match.matchId;
  say("match-where", `${titleOf(match.queue)}, ${regionText(match.region)}`);
  say("match-quality", qualityText(match, me));
  place.className = match.bracket ? "" : "teams";
  place.replaceChildren(...matchElements(match, me));
}

/** Who waits where, and how long one waits: on the cards of the modes. */
function drawChoices() {
  const region = choice("region").value;
  for (const card of element("queues").children) {
    const name = /** @type {QueueName} */ (/** @type {HTMLElement} */ (card).dataset["mode"]);
    const pool = view.board?.region === region ? view.board.pools[name] : undefined;
    const now = card.querySelector(".now");
    const expected = card.querySelector(".expected");
    if (now) now.textContent = pool ? waitingText(pool.waiting, false) : "";
    if (expected) expected.textContent = estimateText(view.estimates[name]);
    card.querySelector("svg")?.replaceWith(ratingLine(pool?.ratings ?? [], view.player?.rating, false));
  }
}

function drawParty() {
  const { party, player } = view;
  show("no-party", !party);
  show("in-party", party !== null);
  const isLeader = party?.leaderId === player?.id;
  const size = party?.players.length ?? 1;
  const link = /** @type {HTMLAnchorElement} */ (element("party-link"));
  link.href = `${location.origin}/#party=${party?.code ?? ""}`;
  say("party-link", link.href);
  say("party-code", party?.code ?? "");
  say("party-hint", party ? partyHint(isLeader, size) : "");
  const names = (party?.players ?? []).map(
    ({ name, id }) => `${name}${id === party?.leaderId ? ", leads" : ""}`,
  );
  if (element("party-players").textContent !== names.join("")) {
    element("party-players").replaceChildren(...names.map((name) => make("li", name)));
  }
  // In a party only modes for parties can be joined.
  for (const input of queueInputs()) {
    input.disabled = party !== null && (modes.get(input.value)?.partySize ?? 1) < size;
    if (input.disabled) input.checked = false;
  }
  const open = queueInputs().filter((input) => !input.disabled);
  if (!open.some((input) => input.checked) && open[0]) open[0].checked = true;
}

function drawHistory() {
  const me = view.player?.id ?? "";
  const items = view.history.map((match) => {
    const text = `${titleOf(match.queue)}, ${regionText(match.region)}: ${matchLine(match, me)}`;
    const item = make("li", text);
    if (!match.bracket) item.append(make("span", ` ${Math.round(match.quality * 100)} %`, "soft"));
    return item;
  });
  element("matches").replaceChildren(...items);
}

function drawTimes() {
  const now = performance.now();
  if (view.ticket) {
    say("waited", clock(now - view.ticketSince));
    const left = view.givesWayAt - now;
    say("gives-way", left < Infinity ? givesWayText(left, view.ticket.queue) : "");
  }
  if (view.check) {
    const left = Math.max(0, view.checkEnds - now);
    say("left", String(Math.ceil(left / 1000)));
    const bar = /** @type {HTMLProgressElement} */ (element("left-bar"));
    bar.value = left / view.checkLasts;
  }
}

/** @param {string} queue */
function modeOf(queue) {
  const mode = modes.get(queue);
  if (!mode) throw new Error(`there is no mode ${queue}`);
  return mode;
}

/** @param {string} queue */
function titleOf(queue) {
  return modeOf(queue).title;
}

/** @param {string} id */
function choice(id) {
  return /** @type {HTMLSelectElement} */ (element(id));
}

function queueInputs() {
  return /** @type {HTMLInputElement[]} */ ([...element("queues").querySelectorAll("input")]);
}

/** @param {TicketView | null} ticket */
function setTicket(ticket) {
  if (ticket?.ticketId !== view.ticket?.ticketId) setExplanation(null);
  view.ticket = ticket;
  view.ticketSince = performance.now() - (ticket?.waitedMs ?? 0);
  if (ticket) watchRegion(ticket.region);
}

/** @param {ExplanationView | null} explanation */
function setExplanation(explanation) {
  view.explanation = explanation;
  const inMs = explanation?.givesWayInMs ?? null;
  view.givesWayAt = inMs === null ? Infinity : performance.now() + inMs;
}

/** @param {ReadyCheckView | null} check */
function setCheck(check) {
  view.check = check;
  view.checkEnds = performance.now() + (check?.leftMs ?? 0);
  view.checkLasts = Math.max(1, check?.leftMs ?? 1);
}

/**
 * Says a change of state where a screen reader's user is: at the heading of what appeared.
 *
 * @param {string} id
 */
function drawAndFocus(id) {
  draw();
  element(id).focus();
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
    else connection(data?.message ?? "The server cannot be reached; trying again…");
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

function fillChoices() {
  element("queues").replaceChildren(
    ...info.queues.map(({ name, title, rule, asks }, index) => {
      const input = document.createElement("input");
      Object.assign(input, {
        type: "radio",
        name: "queue",
        value: name,
        id: `mode-${name}`,
        checked: index === 0,
      });
      // The title is its name; the rest describes it, and changes.
      const text = make("span", "", "about");
      const parts = [make("strong", title), make("small", rule), make("small", "", "now")];
      parts.push(make("small", "", "expected"));
      parts.forEach((part, place) => (part.id = `mode-${name}-${place}`));
      const [heading, ...details] = parts;
      input.setAttribute("aria-labelledby", heading?.id ?? "");
      input.setAttribute("aria-describedby", details.map(({ id }) => id).join(" "));
      text.append(...parts, ratingLine([], undefined, false));
      if (asks) heading?.after(make("span", "asks if you are ready", "tag"));
      const label = make("label", "", "choice");
      label.dataset["mode"] = name;
      label.append(input, text);
      return label;
    }),
  );
  choice("region").replaceChildren(
    ...info.regions.map((region) => {
      const option = document.createElement("option");
      option.value = region;
      option.textContent = regionText(region);
      return option;
    }),
  );
  const bots =
    info.bots > 0
      ? `${info.bots} bots are playing here, so that nobody waits alone; they are marked.`
      : "No bots are playing here: you meet whoever else has this page open.";
  for (const place of document.querySelectorAll(".bots")) place.textContent = bots;
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
