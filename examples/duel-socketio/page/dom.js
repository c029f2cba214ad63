/** The few things this page does with its elements. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [className]
 */
export function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
export function draw(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text) made.textContent = text;
  return made;
}

/** @param {string} id @param {boolean} isShown */
export function show(id, isShown) {
  element(id).hidden = !isShown;
}

/**
 * Writes only what has changed, so that a screen reader says nothing twice.
 *
 * @param {string} id
 * @param {string} text
 */
export function say(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

/**
 * @param {string} id
 * @param {(fields: FormData) => void} send
 */
export function onSubmit(id, send) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    send(new FormData(/** @type {HTMLFormElement} */ (event.target)));
  });
}

/** @param {FormData} fields @param {string} name */
export function textOf(fields, name) {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

/** @param {string} id @param {() => void} act */
export function onClick(id, act) {
  element(id).addEventListener("click", act);
}
