/**
 * The connection to the server: one socket, and calls with one reply each.
 *
 * @typedef {import("../src/protocol.js").CallError} CallError
 * @typedef {import("../src/protocol.js").CallName} CallName
 * @typedef {import("socket.io-client").Socket<import("../src/protocol.js").ServerToClient, import("../src/protocol.js").ClientToServer>} DuelSocket
 */

/**
 * @template {CallName} Name
 * @typedef {import("../src/protocol.js").Payload<Name>} Payload
 */

/**
 * @template {CallName} Name
 * @typedef {import("../src/protocol.js").Answers[Name]} Answer
 */

const CALL_TIMEOUT_MS = 8_000;

/** Within this tab alone: a second window is a second player, and a reload is the same one. */
const TOKEN = "evenmatch-token";

export function keptToken() {
  return sessionStorage.getItem(TOKEN);
}

/** @param {string} token empty forgets it */
export function keepToken(token) {
  if (token) sessionStorage.setItem(TOKEN, token);
  else sessionStorage.removeItem(TOKEN);
}

/** @param {string} path */
export async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  /** @type {unknown} */
  const body = await response.json();
  return body;
}

/**
 * Signs in; rejects with a `CallError` that says what is wrong.
 *
 * @param {string} name
 * @returns {Promise<import("../src/protocol.js").SignedIn>}
 */
export async function signIn(name) {
  /** @type {import("../src/protocol.js").Reply<import("../src/protocol.js").SignedIn>} */
  let reply;
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/api/sign-in", { method: "POST", headers, body: JSON.stringify({ name }) });
    /** @type {unknown} */
    const body = await response.json();
    reply = /** @type {typeof reply} */ (body);
  } catch {
    throw failure("UNREACHABLE", "The server cannot be reached.");
  }
  if (!reply.ok) throw refusal(reply.error);
  return reply;
}

/**
 * One call; rejects with a `CallError` when it is refused or not answered. While there is no connection it waits for
 * one, for a few seconds.
 *
 * @template {CallName} Name
 * @param {DuelSocket | undefined} socket
 * @param {Name} name
 * @param {Payload<Name>} payload
 * @returns {Promise<Answer<Name>>}
 */
export async function call(socket, name, payload) {
  if (!socket) throw failure("UNREACHABLE", "Sign in first.");
  /** @type {import("../src/protocol.js").Reply<Answer<Name>>} */
  let reply;
  try {
    const waiting = /** @type {{ emitWithAck(name: string, payload: unknown): Promise<unknown> }} */ (
      /** @type {unknown} */ (socket.timeout(CALL_TIMEOUT_MS))
    );
    reply = /** @type {typeof reply} */ (await waiting.emitWithAck(name, payload));
  } catch {
    throw failure("UNANSWERED", "The server did not answer; try again.");
  }
  if (!reply.ok) throw refusal(reply.error);
  return reply;
}

/** @param {CallError} error */
function refusal({ code, message }) {
  return failure(code, message);
}

/** @param {string} code @param {string} message */
function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

/**
 * The code and the words of what a call rejected with.
 *
 * @param {unknown} error
 * @returns {{ code: string, message: string }}
 */
export function told(error) {
  const { code = "INTERNAL", message = "Something went wrong." } = /** @type {Partial<CallError>} */ (error);
  return { code, message };
}
