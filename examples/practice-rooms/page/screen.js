/** What the page shows. Only what has changed is written, so that a screen reader says nothing twice. */

/** @param {string} id */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {string} id @param {string} text */
export function say(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

/** A notice, which is there while it says something. @param {"connection" | "problem"} id @param {string} text */
export function notice(id, text) {
  say(id, text);
  element(id).hidden = text === "";
}

const SECTIONS = ["sign-in", "room", "waiting", "choose"];

/**
 * Shows one section and moves the focus to its title, where another one was shown.
 *
 * @param {"sign-in" | "room" | "waiting" | "choose"} shown
 */
export function show(shown) {
  const isNew = element(shown).hidden;
  for (const id of SECTIONS) element(id).hidden = id !== shown;
  element("who").hidden = shown === "sign-in";
  if (isNew) element(`${shown}-title`).focus();
}

/** @param {string} id @param {readonly (string | number)[]} values */
export function fillSelect(id, values) {
  element(id).replaceChildren(...values.map((value) => new Option(words(value), String(value))));
}

/** @param {string} id @param {string} name @param {readonly string[]} values */
export function fillBoxes(id, name, values) {
  const boxes = values.map((value) => {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), {
      type: "checkbox",
      name,
      value,
      checked: true,
    });
    label.append(box, words(value));
    return label;
  });
  element(id).replaceChildren(...boxes);
}

/** @param {string | number} value */
export function words(value) {
  const text = String(value).replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A span of time as a clock shows it. @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
