import { clock, element, fillBoxes, fillSelect, notice, say, show, words } from "./screen.js";
import { ask, keepSession, keptSession } from "./server.js";

/**
 * @typedef {import("../src/protocol.js").OwnStatus} OwnStatus
 * @typedef {import("../src/protocol.js").Place} Place
 * @typedef {import("../src/refusal.js").CallError} CallError
 * @typedef {import("../src/rooms.js").Room} Room
 * @typedef {import("socket.io-client").Socket<import("../src/protocol.js").ServerToClient, import("../src/protocol.js").ClientToServer>} PracticeSocket
 */

/** How often somebody who waits sees anew how many do, in ms. */
const LOOK_MS = 5_000;

/** How long a call may take, in ms. */
const CALL_MS = 8_000;

/** @type {PracticeSocket | undefined} */
let socket;
/** @type {number | undefined} by the local clock, when the wait began */
let waitsSince;
/** @type {string | undefined} */
let roomId;

/** @param {unknown} error */
function failed(error) {
  const { code = "", message = "Something went wrong." } = /** @type {Partial<CallError>} */ (error);
  if (code.startsWith("TOKEN_")) signOut("Please sign in again.");
  else notice("problem", message);
}

/** @param {string} [why] */
function signOut(why = "") {
  socket?.disconnect();
  socket = undefined;
  keepSession(undefined);
  waitsSince = undefined;
  notice("connection", "");
  notice("problem", why);
  show("sign-in");
}

/** @param {import("../src/identity.js").SignedIn} session */
function connect({ token, person }) {
  say("person", person.plan === "paying" ? `${person.name}, paying member` : person.name);
  /** @type {PracticeSocket} */
  const opened = io({ auth: { token } });
  socket = opened;
  opened.on("connect", () => {
    notice("connection", "");
    // Whatever happened meanwhile: the server knows.
    askAnew();
  });
  opened.on("disconnect", () => {
    if (socket === opened) notice("connection", "The connection is lost; connecting again…");
  });
  opened.on("connect_error", (error) => {
    const refused = /** @type {{ data?: CallError }} */ (/** @type {unknown} */ (error));
    const { data } = refused;
    if (data?.code.startsWith("TOKEN_")) signOut("Please sign in again.");
    else notice("connection", data?.message ?? "The server cannot be reached; trying again…");
  });
  opened.on("queue_joined", waits);
  opened.on("queue_left", ({ reason }) => {
    waitsSince = undefined;
    show("choose");
    if (reason === "expired") notice("problem", "Your place is gone; please join again.");
  });
  opened.on("match_found", ({ match_id }) => void enter(match_id));
  opened.on("queue_unavailable", () => {
    notice(
      "connection",
      "The queue cannot be reached just now. Stay here: it goes on by itself, and so does your wait.",
    );
  });
  opened.on("queue_available", () => {
    notice("connection", "");
    askAnew();
  });
}

function askAnew() {
  ask("GET", "/api/matchmaking/me").then((status) => {
    restore(/** @type {OwnStatus} */ (status));
  }, failed);
}

/** @param {OwnStatus} status */
function restore(status) {
  notice("problem", "");
  if (status.status === "waiting") waits(status);
  else if (status.status === "matched") void enter(status.match_id);
  else {
    waitsSince = undefined;
    show("choose");
  }
}

/** @param {Place} place */
function waits({ waited_ms, preferences: { topics, difficulty, duration_minutes, region, skill } }) {
  waitsSince = performance.now() - waited_ms;
  notice("problem", "");
  const others = [region, skill].filter((wish) => wish !== "any").map(words);
  say(
    "wishes",
    [topics.map(words).join(", "), words(difficulty), `${duration_minutes} minutes`, ...others].join(" · "),
  );
  show("waiting");
  drawTime();
  void look();
}

/** @param {string} matchId */
async function enter(matchId) {
  try {
    const room = /** @type {Room} */ (await ask("GET", `/api/rooms/${encodeURIComponent(matchId)}`));
    const isFirst = room.player1 === keptSession()?.person.id;
    roomId = matchId;
    waitsSince = undefined;
    notice("problem", "");
    say("room-with", `You practise with ${isFirst ? room.player2_name : room.player1_name}.`);
    say("question", room.question_text);
    say(
      "room-about",
      `${words(room.difficulty)}, ${room.duration_minutes} minutes. Whoever asks first, change roles after half the time.`,
    );
    show("room");
  } catch (error) {
    failed(error);
  }
}

/** How many wait, and how long it may take. */
async function look() {
  if (waitsSince === undefined) return;
  try {
    const { queue_size: size, estimated_wait_seconds: seconds } =
      /** @type {import("../src/lobby.js").QueueStatus} */ (
        await ask("GET", "/api/matchmaking/queue-status")
      );
    const others = size === 1 ? "You are the only one who waits." : `${size} wait, you included.`;
    say("queue", seconds === null ? others : `${others} It took about ${seconds} s lately.`);
  } catch {
    // Said elsewhere: the connection is what one wants to hear of.
  }
}

function drawTime() {
  if (waitsSince !== undefined) say("waited", clock(performance.now() - waitsSince));
}

/** @param {FormData} fields */
async function join(fields) {
  notice("problem", "");
  const sent = {
    ...Object.fromEntries(fields),
    topics: fields.getAll("topics"),
    duration_minutes: Number(fields.get("duration_minutes")),
  };
  try {
    const asked = /** @type {{ emitWithAck(name: string, sent: unknown): Promise<unknown> } | undefined} */ (
      /** @type {unknown} */ (socket?.timeout(CALL_MS))
    );
    const reply = /** @type {import("../src/protocol.js").Reply<Place> | undefined} */ (
      await asked?.emitWithAck("join_queue", sent)
    );
    if (reply && !reply.ok) failed(reply.error);
  } catch {
    notice("problem", "The server did not answer; try again.");
  }
}

/** @param {string} id @param {(fields: FormData) => Promise<void>} send */
function onSubmit(id, send) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void send(new FormData(/** @type {HTMLFormElement} */ (event.target)));
  });
}

onSubmit("sign-in-form", async (fields) => {
  notice("problem", "");
  try {
    const code = fields.get("member_code");
    const session = /** @type {import("../src/identity.js").SignedIn} */ (
      await ask("POST", "/api/sign-in", { name: fields.get("name"), ...(code && { member_code: code }) })
    );
    keepSession(session);
    show("choose");
    connect(session);
  } catch (error) {
    failed(error);
  }
});
onSubmit("join-form", join);
element("leave").addEventListener("click", () => {
  ask("DELETE", "/api/matchmaking/queue").catch(failed);
});
element("end-room").addEventListener("click", () => {
  ask("DELETE", `/api/rooms/${encodeURIComponent(roomId ?? "")}`).then(() => show("choose"), failed);
});
element("sign-out").addEventListener("click", () => signOut());

setInterval(drawTime, 250);
setInterval(() => void look(), LOOK_MS);
const choices = /** @type {import("../src/api.js").Choices} */ (await ask("GET", "/api/choices"));
fillBoxes("topics", "topics", choices.topics);
fillSelect("difficulty", choices.difficulties);
fillSelect("duration", choices.durations);
fillSelect("region", choices.regions);
fillSelect("skill", choices.skills);
const kept = keptSession();
if (kept) {
  show("choose");
  connect(kept);
} else show("sign-in");
