import pg from "pg";
import { ticketsOf, type Match, type TicketStore } from "@evenmatch/core";
import { openPorts, type PostgresSettings } from "../src/postgres/ports.js";
import { serve } from "../src/server/serve.js";
import { breakages, through, type Breakage } from "./broken.js";

/** How a server process on Postgres is broken. */
export type BrokenOnPostgres = Breakage | "claims twice";

/** A server process on Postgres whose store is broken in one way. */
await serve(async (given) => {
  const settings = given as PostgresSettings & { readonly broken: BrokenOnPostgres };
  const ports = await openPorts(settings);
  const { broken } = settings;
  const tickets =
    broken === "claims twice" ? claimsTwice(ports.tickets, settings.url) : breakages[broken](ports.tickets);
  return { ...ports, tickets };
});

/** Forgets that every twentieth match was claimed, so that its tickets can be claimed again, and somebody does. */
function claimsTwice(store: TicketStore, url: string): TicketStore {
  const pool = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  let count = 0;
  return {
    ...through(store),
    decide: async (lease, decisions, options) => {
      const outcomes = await store.decide(lease, decisions, options);
      for (const [index, decision] of decisions.entries()) {
        if (decision.type !== "claim" || outcomes[index]?.type !== "claimed" || count++ % 20 !== 0) continue;
        const ids = ticketsOf(decision.match).map(({ id }) => id);
        await pool.query("UPDATE evenmatch.tickets SET match_id = NULL WHERE id = ANY($1)", [ids]);
        const match = anew(decision.match);
        await store.decide(lease, [{ type: "claim", match }], options);
        await store.decide(lease, [{ type: "settle", matchId: match.id }], options);
        await store.decide(lease, [{ type: "deliver", matchId: match.id }], options);
      }
      return outcomes;
    },
  };
}

/** The same match under another id. */
function anew(match: Match): Match {
  const last = match.id.endsWith("0") ? "1" : "0";
  return { ...match, id: match.id.slice(0, -1) + last };
}
