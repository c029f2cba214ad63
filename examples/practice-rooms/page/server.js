/**
 * What the page asks over HTTP. Everybody is a tab: a second window is somebody else, and a reload is the same person.
 *
 * @typedef {import("../src/refusal.js").CallError} CallError
 */

const KEPT = "practice-session";

/** @returns {import("../src/identity.js").SignedIn | undefined} */
export function keptSession() {
  const kept = sessionStorage.getItem(KEPT);
  return kept === null
    ? undefined
    : /** @type {import("../src/identity.js").SignedIn} */ (/** @type {unknown} */ (JSON.parse(kept)));
}

/** @param {import("../src/identity.js").SignedIn | undefined} session */
export function keepSession(session) {
  if (session) sessionStorage.setItem(KEPT, JSON.stringify(session));
  else sessionStorage.removeItem(KEPT);
}

/**
 * Rejects with an error that has the code and the words of a `CallError`.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<unknown>}
 */
export async function ask(method, path, body) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${keptSession()?.token ?? ""}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw refusal({ code: "UNREACHABLE", message: "The server cannot be reached." });
  }
  /** @type {unknown} */
  const answer = await response.json();
  if (!response.ok) throw refusal(/** @type {{ error: CallError }} */ (answer).error);
  return answer;
}

/** @param {Pick<CallError, "code" | "message">} error */
function refusal({ code, message }) {
  return Object.assign(new Error(message), { code });
}
