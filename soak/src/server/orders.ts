import type { FaultStep, Seed } from "@evenmatch/testkit";

/** `worker` runs pools; `api` joins, leaves and listens, and owns nothing. */
export type Role = "worker" | "api";

/** What a server process is told. */
export type ServerOrder =
  | {
      readonly type: "serve";
      readonly name: string;
      readonly role: Role;
      readonly seed: Seed;
      /** How it reaches the store: what the program of this kind of store understands. */
      readonly settings: unknown;
    }
  /** The next call of this step is to be held: before it reaches the store, or before its answer is read. */
  | { readonly type: "arm"; readonly step: FaultStep; readonly phase: Phase }
  /** What is held goes on, and nothing more is held. */
  | { readonly type: "disarm" }
  /** How many calls are under way? */
  | { readonly type: "count" }
  | { readonly type: "close" };

/** Whether a call has reached the store when a fault strikes. */
export type Phase = "before" | "after";

/** What a server process says. */
export type ServerNotice =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "held" }
  | { readonly type: "counted"; readonly joins: number; readonly claims: number }
  /** The group that all processes share was given a match. */
  | { readonly type: "grouped"; readonly matchId: string }
  /** Something that no fault explains. */
  | { readonly type: "flaw"; readonly message: string }
  /** What was in vain for a while, for who looks into a run. */
  | { readonly type: "trouble"; readonly code: string }
  /** It has closed in good order; what it claimed in its life. */
  | { readonly type: "closed"; readonly claims: number };
