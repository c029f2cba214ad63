import { element, make, say, show } from "./dom.js";
import { ratingLine } from "./line.js";
import { matchElements } from "./match.js";
import { info, modeOf, modes, titleOf, view } from "./view.js";
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
 * Shows what `view` holds. Nothing here asks the server for anything.
 *
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 * @typedef {import("../src/protocol.js").ReadyCheckView} ReadyCheckView
 * @typedef {import("../src/protocol.js").TicketView} TicketView
 * @typedef {import("../src/queues.js").QueueName} QueueName
 */

/** @param {string} text shown until the next action; empty hides it */
export function problem(text) {
  say("problem", text);
  show("problem", text !== "");
}

/** @param {string} text empty hides it */
export function connection(text) {
  say("connection", text);
  show("connection", text !== "");
}

/** Draws everything from `view`. The state of the page is nowhere else. */
export function draw() {
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

export function drawHistory() {
  const me = view.player?.id ?? "";
  const items = view.history.map((match) => {
    const text = `${titleOf(match.queue)}, ${regionText(match.region)}: ${matchLine(match, me)}`;
    const item = make("li", text);
    if (!match.bracket) item.append(make("span", ` ${Math.round(match.quality * 100)} %`, "soft"));
    return item;
  });
  element("matches").replaceChildren(...items);
}

export function drawTimes() {
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

/** @param {string} id */
export function choice(id) {
  return /** @type {HTMLSelectElement} */ (element(id));
}

function queueInputs() {
  return /** @type {HTMLInputElement[]} */ ([...element("queues").querySelectorAll("input")]);
}

/**
 * Says a change of state where a screen reader's user is: at the heading of what appeared.
 *
 * @param {string} id
 */
export function drawAndFocus(id) {
  draw();
  element(id).focus();
}

export function fillChoices() {
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
