import type { OpenTicketStore } from "./open-ticket-store.js";

/** A store with one thing done wrong, and the one case that must find it. */
export interface BrokenStore {
  readonly wrong: string;
  readonly caseId: string;
  readonly make: new () => OpenTicketStore;
}

export function broken(caseId: string, wrong: string, make: new () => OpenTicketStore): BrokenStore {
  return { caseId, wrong, make };
}
