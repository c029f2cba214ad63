import { renameSync, writeFileSync } from "node:fs";
import { MemoryTicketStore, type Decision, type Request, type TicketStore } from "@evenmatch/core";
import type { FinalState } from "@evenmatch/testkit";
import { serve } from "../src/server/serve.js";
import { breakages, type Breakage } from "./broken.js";

interface Given {
  readonly file: string;
  readonly broken?: Breakage;
  /** How often it is written. */
  readonly everyMs: number;
}

/** A server process on the memory store, which writes down what the store holds: now and then, and in the end. */
await serve((given) => {
  const { file, broken, everyMs } = given as Given;
  const kept = { retainMs: 3_600_000, dedupeMs: 3_600_000, retainCount: 1_000_000 };
  const store = new MemoryTicketStore(kept);
  const ticketIds = new Set<string>();
  const matchIds = new Set<string>();
  const noted = noting(store, (input) => {
    if (input.type === "join") ticketIds.add(input.ticket.id);
    else if (input.type === "claim") matchIds.add(input.match.id);
  });
  const write = async (): Promise<void> => {
    const text = JSON.stringify(await finalOf(store, ticketIds, matchIds));
    // In one step: it is read at any time.
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const writing = setInterval(() => void write(), everyMs);
  return Promise.resolve({
    tickets: broken ? breakages[broken](noted) : noted,
    close: () => {
      clearInterval(writing);
      return write();
    },
  });
});

/** Everything that reaches the store is noted. */
function noting(store: TicketStore, note: (input: Request | Decision) => void): TicketStore {
  return {
    submit: (requests, options) => {
      requests.forEach(note);
      return store.submit(requests, options);
    },
    decide: (lease, decisions, options) => {
      decisions.forEach(note);
      return store.decide(lease, decisions, options);
    },
    own: (queues, options) => store.own(queues, options),
    read: (queries, options) => store.read(queries, options),
    ask: (pool, question, options) => store.ask(pool, question, options),
    time: () => store.time(),
  };
}

async function finalOf(
  store: TicketStore,
  ticketIds: ReadonlySet<string>,
  matchIds: ReadonlySet<string>,
): Promise<FinalState> {
  const final: { tickets: FinalState["tickets"][number][]; matches: FinalState["matches"][number][] } = {
    tickets: [],
    matches: [],
  };
  for (const ticketId of ticketIds) {
    const [found] = await store.read([{ type: "ticket", ticketId }], {});
    if (found?.type !== "ticket") continue;
    const { ticket, state, matchId } = found;
    final.tickets.push({ ticketId, state, players: ticket.players.map(({ id }) => id), matchId });
  }
  for (const matchId of matchIds) {
    const [found] = await store.read([{ type: "match", matchId }], {});
    if (found?.type !== "match") continue;
    const teams = found.match.teams.map((team) => team.map(({ id }) => id));
    final.matches.push({ matchId, state: found.state, teams });
  }
  return final;
}
