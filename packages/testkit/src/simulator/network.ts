import type { Clock, Decision, Millis, Request } from "@evenmatch/core";
import type { CallFault, FaultPlan, StruckFault } from "./faults.js";
import type { Step } from "./step.js";

/** What an observer sees of one link: the calls under way on it. */
export interface Traffic {
  readonly flights: Iterable<{ readonly steps: readonly Step[] }>;
}

/** What all links of a cluster share: time, the plan of faults, and what an observer on the wire can see. */
export class Network {
  readonly links = new Set<Traffic>();
  /** Every ticket and match that any process ever named to the store. */
  readonly ticketIds = new Set<string>();
  readonly matchIds = new Set<string>();
  /** When the store first settled each match. */
  readonly settledAt = new Map<string, Millis>();
  /** How many calls met a fault by chance. */
  readonly callFaults: Record<CallFault, number> = { fails: 0, losesAnswer: 0, delays: 0, repeats: 0 };

  constructor(
    readonly clock: Clock,
    private readonly plan: FaultPlan,
    private readonly leaseMs: Millis,
  ) {}

  pause(delay: Millis): Promise<void> {
    return new Promise((resolve) => void this.clock.at(this.clock.now() + delay, resolve));
  }

  /** Does something when the lease of a process that is gone has run out. */
  afterLease(run: () => void): void {
    this.clock.at(this.clock.now() + this.leaseMs, run);
  }

  note(inputs: readonly (Request | Decision)[]): void {
    for (const input of inputs) {
      if (input.type === "join") this.ticketIds.add(input.ticket.id);
      else if (input.type === "claim") this.matchIds.add(input.match.id);
    }
  }

  settled(matchId: string): void {
    if (!this.settledAt.has(matchId)) this.settledAt.set(matchId, this.clock.now());
  }

  /** The fault that strikes at a call, if one does. The last process is never killed. */
  strike(process: string, steps: readonly Step[]): StruckFault | undefined {
    const count = (step: Step): number => {
      let calls = 0;
      for (const { flights } of this.links)
        for (const flight of flights) if (flight.steps.includes(step)) calls++;
      return calls;
    };
    const inFlight = { joins: count("join"), claims: count("claim") };
    return this.plan.strike({ process, steps, now: this.clock.now() }, inFlight, this.links.size > 1);
  }
}
