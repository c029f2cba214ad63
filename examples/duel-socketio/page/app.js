/**
 * @typedef {import("../src/protocol.js").CallError} CallError
 * @typedef {import("../src/protocol.js").CallName} CallName
 * @typedef {import("../src/protocol.js").MatchView} MatchView
 * @typedef {import("../src/protocol.js").PlayerStatus} PlayerStatus
 * @typedef {import("../src/protocol.js").PlayerView} PlayerView
 * @typedef {import("../src/protocol.js").ReadyCheckView} ReadyCheckView
 * @typedef {import("../src/protocol.js").ServerInfo} ServerInfo
 * @typedef {import("../src/protocol.js").TicketView} TicketView
 * @typedef {import("socket.io-client").Socket<import("../src/protocol.js").ServerToClient, import("../src/protocol.js").ClientToServer>} DuelSocket
 */

const TOKEN = "evenmatch-token";
const CALL_TIMEOUT_MS = 8_000;

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
  waiting: 0,
};

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [className]
 */
function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** @param {string} id @param {boolean} isShown */
function show(id, isShown) {
  element(id).hidden = !isShown;
}

/** @param {string} id @param {string} text */
function say(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

/** @param {string} text shown until the next action; empty hides it */
function problem(text) {
  say("problem", text);
  show("problem", text !== "");
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
  if (player) say("player", `${player.name}, rating ${player.rating}`);
  if (ticket) drawTicket(ticket);
  if (check) drawCheck(check, player?.id ?? "");
  if (match) drawMatch(match, player?.id ?? "");
  drawParty();
  drawTimes();
}

/** @param {TicketView} ticket */
function drawTicket({ queue, region, players }) {
  const others = players.filter(({ id }) => id !== view.player?.id).map(({ name }) => name);
  say("waiting-where", `${queue}, ${region}${others.length > 0 ? `, with ${others.join(", ")}` : ""}`);
  say("pool", view.waiting > 0 ? `${view.waiting} waiting here, you included` : "");
}

/** @param {ReadyCheckView} check @param {string} me */
function drawCheck({ match, answers }, me) {
  const players = match.teams.flat().flatMap((ticket) => ticket.players);
  const accepted = players.filter(({ id }) => answers[id] === true).length;
  const hasAnswered = answers[me] !== undefined;
  say("answers", `${accepted} of ${players.length} accepted${hasAnswered ? "; waiting for the others" : ""}`);
  for (const id of ["accept", "decline"]) {
    const button = /** @type {HTMLButtonElement} */ (element(id));
    button.disabled = hasAnswered;
  }
}

/** @param {MatchView} match @param {string} me */
function drawMatch({ matchId, queue, region, quality, teams }, me) {
  const place = element("teams");
  if (place.dataset["matchId"] === matchId) return;
  place.dataset["matchId"] = matchId;
  say("match-where", `${queue}, ${region}, quality ${Math.round(quality * 100)} %`);
  place.replaceChildren(
    ...teams.map((team, index) => {
      const list = make("ul");
      for (const { id, name, rating } of team.flatMap((ticket) => ticket.players)) {
        list.append(make("li", `${name} (${rating})${id === me ? ", you" : ""}`, id === me ? "you" : ""));
      }
      const card = make("div", "", "team");
      card.append(make("h3", `Team ${index + 1}`), list);
      return card;
    }),
  );
}

function drawParty() {
  const { party, player } = view;
  show("no-party", !party);
  show("in-party", party !== null);
  const isLeader = party?.leaderId === player?.id;
  say("party-code", party?.code ?? "");
  const hint = isLeader
    ? "Give the code to a friend, then join the queue “duo”."
    : "Your leader joins a queue for both of you.";
  say("party-hint", party ? hint : "");
  const names = (party?.players ?? []).map(({ id, name }) =>
    make("li", `${name}${id === party?.leaderId ? ", leads" : ""}`),
  );
  element("party-players").replaceChildren(...names);
  // In a party only queues for parties can be joined.
  for (const input of queueInputs()) {
    input.disabled = party !== null && Number(input.dataset["partySize"]) < party.players.length;
    if (input.disabled && input.checked) input.checked = false;
  }
  const open = queueInputs().filter((input) => !input.disabled);
  if (!open.some((input) => input.checked) && open[0]) open[0].checked = true;
}

function queueInputs() {
  return /** @type {HTMLInputElement[]} */ ([...element("queues").querySelectorAll("input")]);
}

function drawTimes() {
  if (view.ticket) {
    const seconds = Math.max(0, Math.floor((performance.now() - view.ticketSince) / 1000));
    say("waited", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  }
  if (view.check) {
    const left = Math.max(0, view.checkEnds - performance.now());
    say("left", String(Math.ceil(left / 1000)));
    const bar = /** @type {HTMLProgressElement} */ (element("left-bar"));
    bar.value = left / view.checkLasts;
  }
}

/** @param {TicketView | null} ticket */
function setTicket(ticket) {
  if (!ticket) view.waiting = 0;
  view.ticket = ticket;
  view.ticketSince = performance.now() - (ticket?.waitedMs ?? 0);
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

/** @param {string} token */
function connect(token) {
  view.socket?.disconnect();
  /** @type {DuelSocket} */
  const socket = io({ auth: { token } });
  view.socket = socket;
  socket.on("connect", () => {
    say("connection", "");
    show("connection", false);
    // Whatever happened meanwhile: the server knows.
    void call("status", {}, ({ status }) => restore(status));
  });
  socket.on("disconnect", () => {
    if (view.socket !== socket) return;
    say("connection", "The connection is lost. Your place is kept for a few seconds; connecting again…");
    show("connection", true);
  });
  socket.on("connect_error", (error) => {
    const refused = /** @type {{ data?: CallError }} */ (/** @type {unknown} */ (error));
    const { data } = refused;
    if (data?.code.startsWith("TOKEN_")) {
      signOut("Please sign in again.");
      return;
    }
    say("connection", data?.message ?? "The server cannot be reached; trying again…");
    show("connection", true);
  });
  socket.on("joined", (ticket) => {
    setTicket(ticket);
    draw();
  });
  socket.on("queue_state", ({ waiting }) => {
    view.waiting = waiting;
    draw();
  });
  socket.on("ready_check", (check) => {
    setCheck(check);
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
    problem(
      reason === "declined"
        ? "Somebody declined: you keep your place."
        : "Somebody did not answer: you keep your place.",
    );
    drawAndFocus("waiting-title");
  });
  socket.on("match_found", (match) => {
    setCheck(null);
    setTicket(null);
    view.match = match;
    problem("");
    drawAndFocus("match-title");
  });
  socket.on("ended", ({ reason }) => {
    setCheck(null);
    setTicket(null);
    if (reason === "unanswered")
      problem("You or your party did not answer in time, and are out of the queue.");
    draw();
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
  setTicket(ticket);
  setCheck(readyCheck);
  draw();
}

/**
 * One call, and what is shown when it is refused.
 *
 * @template {CallName} Name
 * @param {Name} name
 * @param {import("../src/protocol.js").Payload<Name>} payload
 * @param {(answer: import("../src/protocol.js").Answers[Name]) => void} [done]
 */
async function call(name, payload, done) {
  problem("");
  const { socket } = view;
  if (!socket) return;
  try {
    const waiting = /** @type {{ emitWithAck(name: string, payload: unknown): Promise<unknown> }} */ (
      /** @type {unknown} */ (socket.timeout(CALL_TIMEOUT_MS))
    );
    const reply =
      /** @type {import("../src/protocol.js").Reply<import("../src/protocol.js").Answers[Name]>} */ (
        await waiting.emitWithAck(name, payload)
      );
    if (reply.ok) done?.(reply);
    else if (reply.error.code === "TOKEN_EXPIRED") signOut("Please sign in again.");
    else problem(reply.error.message);
  } catch {
    problem("The server did not answer.");
  }
}

/** @param {string} [why] */
function signOut(why = "") {
  sessionStorage.removeItem(TOKEN);
  view.socket?.disconnect();
  Object.assign(view, { socket: undefined, player: undefined, party: null, match: null });
  setTicket(null);
  setCheck(null);
  say("connection", "");
  show("connection", false);
  problem(why);
  draw();
}

/** @param {string} name */
async function signIn(name) {
  problem("");
  try {
    const response = await fetch("/api/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name }),
    });
    /** @type {unknown} */
    const answer = await response.json();
    const reply = /** @type {import("../src/protocol.js").Reply<import("../src/protocol.js").SignedIn>} */ (
      answer
    );
    if (!reply.ok) {
      problem(reply.error.message);
      return;
    }
    sessionStorage.setItem(TOKEN, reply.token);
    view.player = reply.player;
    draw();
    connect(reply.token);
  } catch {
    problem("The server cannot be reached.");
  }
}

/** @param {ServerInfo} info */
function fillChoices({ queues, regions }) {
  element("queues").replaceChildren(
    ...queues.map(({ name, description, partySize }, index) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "queue", value: name, checked: index === 0 });
      input.dataset["partySize"] = String(partySize);
      const text = make("span", name);
      text.append(make("small", description));
      const label = make("label", "", "choice");
      label.append(input, text);
      return label;
    }),
  );
  element("region").replaceChildren(
    ...regions.map((region) => {
      const option = document.createElement("option");
      option.value = option.textContent = region;
      return option;
    }),
  );
}

/**
 * @param {string} id
 * @param {(fields: FormData) => void} send
 */
function onSubmit(id, send) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    send(new FormData(/** @type {HTMLFormElement} */ (event.target)));
  });
}

/** @param {FormData} fields @param {string} name */
function textOf(fields, name) {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

/** @param {string} id @param {() => void} act */
function onClick(id, act) {
  element(id).addEventListener("click", act);
}

onSubmit("sign-in-form", (fields) => void signIn(textOf(fields, "name")));
onSubmit("join-form", (fields) => {
  const choice = { queue: textOf(fields, "queue"), region: textOf(fields, "region") };
  const payload = /** @type {import("../src/protocol.js").Payload<"join">} */ (
    view.party ? { ...choice, party: view.party.code } : choice
  );
  void call("join", payload).then(() => {
    if (view.ticket && !view.check) element("waiting-title").focus();
  });
});
onSubmit("party-form", (fields) => void call("joinParty", { code: textOf(fields, "code") }));
onClick("leave", () => void call("leave", {}));
onClick("accept", () => {
  if (view.check) void call("accept", { matchId: view.check.match.matchId });
});
onClick("decline", () => {
  if (view.check) void call("decline", { matchId: view.check.match.matchId });
});
onClick("create-party", () => void call("createParty", {}));
onClick("leave-party", () => void call("leaveParty", {}));
onClick("sign-out", () => signOut());

setInterval(drawTimes, 250);
const response = await fetch("/api/info");
/** @type {unknown} */
const info = await response.json();
fillChoices(/** @type {ServerInfo} */ (info));
draw();
const token = sessionStorage.getItem(TOKEN);
if (token) connect(token);
