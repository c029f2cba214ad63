import type { MatchStore } from "@evenmatch/core";

/** What a match store's author writes to have it proved. Match stores do not differ in what they promise. */
export interface MatchStoreHarness {
  readonly name: string;
  /** How long a case waits for an answer, in real milliseconds; ten seconds when left out. */
  readonly patienceMs?: number;
  /** Storage that no other case has seen. */
  open(): Promise<MatchStoreSubject>;
}

/** Storage of one case. */
export interface MatchStoreSubject {
  /** Another store on this storage, as another process has it. */
  store(): MatchStore | Promise<MatchStore>;
  /** Closes the stores and drops the storage. */
  close(): Promise<void>;
}
