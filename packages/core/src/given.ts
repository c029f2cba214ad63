import { invalid } from "./options.js";

/** The methods by which a matchmaker uses what it is given. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  tickets: ["submit", "decide", "own", "read", "ask", "time"],
  matches: ["save"],
  events: ["publish", "subscribe"],
  clock: ["now", "at", "stopwatch"],
};

const EVENT =
  /^(ticket\.(joined|left|expired|released)|match\.(claimed|answered|settled|delivered)|pool\.(gained|lost)|pass|error)$/;

/**
 * Checks what a matchmaker is given beside its queues, so that it fails when it is made and not at the first join.
 * Throws `INVALID_OPTIONS`.
 */
export function checkGiven(options: Readonly<Record<string, unknown>>): void {
  for (const [name, methods] of Object.entries(METHODS)) {
    const value = options[name];
    if (value === undefined) continue;
    const missing = methods.find(
      (method) => typeof (value as Record<string, unknown> | null)?.[method] !== "function",
    );
    if (missing) refuse(name, `an object with the method ${missing}`, value);
  }
  const { random, announce = [] } = options;
  if (random !== undefined && typeof random !== "function") refuse("random", "a function", random);
  if (!Array.isArray(announce) || !announce.every((type) => typeof type === "string" && EVENT.test(type)))
    refuse("announce", "a list of types of events", announce);
}

function refuse(name: string, what: string, received: unknown): never {
  throw invalid(
    "INVALID_OPTIONS",
    `${name} is ${what}`,
    received,
    `Pass such a value as ${name}, or leave it out.`,
  );
}
