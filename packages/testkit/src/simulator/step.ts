import type { Decision, Request } from "@evenmatch/core";

/** A step in the life of a ticket, as it shows in the calls on the ports: where a fault can strike. */
export type Step = Request["type"] | Decision["type"] | "save" | "announce" | "read" | "time";

/** The steps over which the faults of a run are spread. */
export const FAULT_STEPS = [
  "join",
  "claim",
  "settle",
  "deliver",
  "answer",
  "release",
  "leave",
  "save",
  "announce",
  "expire",
] as const satisfies readonly Step[];
