import { EvenmatchError } from "@evenmatch/core";
import { checkSchema, ODD, quoted } from "../connection/options.js";
import { madeBy } from "./migration.js";
import { MIGRATIONS } from "./migrations.js";

/** Who may do what, by the names of roles that exist. Whoever migrates owns the schema and needs no grant. */
export interface Roles {
  /** API processes and workers: they may run matchmaking, but neither change the schema nor rewrite history. */
  readonly app?: string | undefined;
  /** Dashboards: they may read the record of matches and what tells how matchmaking goes, and change nothing. */
  readonly reader?: string | undefined;
}

/** What the app may do with a table, where that is less than everything that rows allow. */
const APP: Readonly<Record<string, string>> = {
  migrations: "SELECT",
  match_sessions: "SELECT, INSERT, UPDATE (result, reported_at)",
  match_players: "SELECT, INSERT",
};

/**
 * What dashboards may read. Stores check the version of the schema, also those that only list. Of the tables that hold
 * what players sent, no more than the columns that tell how matchmaking goes.
 */
const READER: Readonly<Record<string, string>> = {
  migrations: "SELECT",
  match_sessions: "SELECT",
  match_players: "SELECT",
  pools: "SELECT",
  owners: "SELECT",
  changes: "SELECT (pool)",
  matches: "SELECT (id, state, accept_by, ended_on)",
  event_groups: "SELECT",
  event_readers: "SELECT",
  events: "SELECT (position, published_at)",
  events_aside: "SELECT",
};

/**
 * The SQL that gives roles what they need of a schema, for its owner to run after each migration. Only what Evenmatch
 * made is named, so that nothing else in a shared schema is touched. Throws `INVALID_OPTIONS`.
 */
export function grants({ app, reader }: Roles, { schema = "evenmatch" }: { schema?: string } = {}): string {
  checkSchema(schema);
  const inSchema = (name: string): string => `${quoted(schema)}.${quoted(name)}`;
  const roles = [app, reader].filter((role) => role !== undefined).map(roleName);
  if (roles.length === 0) throw refused("at least one role is named", { app, reader });
  const tables = ["migrations", ...namesOf("TABLE")];
  const functions = namesOf("FUNCTION").map(inSchema).join(", ");
  const lines = [`GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${roles.join(", ")};`];
  if (functions) lines.push(`REVOKE EXECUTE ON FUNCTION ${functions} FROM PUBLIC;`);
  if (app !== undefined) {
    for (const table of tables) {
      const rights = APP[table] ?? "SELECT, INSERT, UPDATE, DELETE";
      lines.push(`GRANT ${rights} ON ${inSchema(table)} TO ${roleName(app)};`);
    }
    if (functions) lines.push(`GRANT EXECUTE ON FUNCTION ${functions} TO ${roleName(app)};`);
  }
  if (reader !== undefined) {
    for (const [table, rights] of Object.entries(READER))
      lines.push(`GRANT ${rights} ON ${inSchema(table)} TO ${roleName(reader)};`);
  }
  return `${lines.join("\n")}\n`;
}

function namesOf(kind: string): string[] {
  const made = MIGRATIONS.flatMap(madeBy).filter((object) => object.kind === kind);
  return made.map(({ name }) => name);
}

function roleName(role: string): string {
  if (typeof role === "string" && role !== "" && !ODD.test(role)) return quoted(role);
  throw refused("a role is named by a text without NUL", role);
}

function refused(rule: string, received: unknown): EvenmatchError {
  return new EvenmatchError("INVALID_OPTIONS", {
    rule,
    received,
    remedy: "Pass { app, reader }, or one of them, as the server knows them.",
  });
}
