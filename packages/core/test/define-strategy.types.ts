/** Compiled by `npm run check`, never run. */
import { defineStrategy, type Proposal, type Strategy, type Ticket } from "@evenmatch/core";

const pairs = (tickets: readonly Ticket[]): Proposal[] => (tickets.length > 1 ? [] : []);

// A place that says `Strategy` does not make up attributes that the definition never named.
const declared: Strategy = defineStrategy({ propose: (tickets) => pairs(tickets) });
const listed: Strategy[] = [declared, defineStrategy({ propose: (tickets) => pairs(tickets) })];
export const strategies = [...listed, defineStrategy({ propose: pairs })];
