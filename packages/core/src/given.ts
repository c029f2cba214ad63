import { check } from "./options.js";

/** The methods by which a matchmaker uses what it is given. */
const METHODS = {
  tickets: "submit decide own read ask time",
  matches: "save",
  events: "publish subscribe",
  clock: "now at stopwatch",
};

const EVENT =
  /^(ticket\.(joined|left|expired|released)|match\.(claimed|answered|settled|delivered)|pool\.(gained|lost)|pass|error)$/;

/**
 * Checks what a matchmaker is given beside its queues, so that it fails when it is made and not at the first join.
 * Throws `INVALID_OPTIONS`.
 */
export function checkGiven(options: Readonly<Record<string, unknown>>): void {
  for (const [name, methods] of Object.entries(METHODS)) {
    const value = options[name] as Record<string, unknown> | null | undefined;
    if (value === undefined) continue;
    for (const method of methods.split(" "))
      check(typeof value?.[method] === "function", name, `an object with the method ${method}`, value);
  }
  const { random, announce = [] } = options;
  check(random === undefined || typeof random === "function", "random", "a function", random);
  const isList = Array.isArray(announce) && announce.every((type) => EVENT.test(String(type)));
  check(isList, "announce", "a list of types of events", announce);
}
