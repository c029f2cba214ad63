import {
  byAge,
  defineStrategy,
  Fifo,
  OneVsOne,
  ratingOf,
  ticketsOf,
  type Explanation,
  type Millis,
  type Player,
  type Pool,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import {
  blockLists,
  BUILT_AT,
  changes,
  opensLater,
  pools,
  encounters,
  ticket,
  type StrategyOptions,
} from "@evenmatch/testkit";
import { block, Explaining, liftGap } from "./explaining.js";
import { meetAt, relaxing, RELAXING_MS } from "./relaxing.js";

/** A strategy with one fault, and the law that must name it. */
export interface BrokenStrategy {
  readonly breaks: string;
  readonly options: StrategyOptions;
}

const duel = { teams: 2, teamSize: 1 };
const duo = { teams: 2, teamSize: 2 };

/** Pairs tickets in the order given; who is left over stays alone. */
function pairsOf(
  tickets: readonly Ticket[],
  qualityOf: (one: Ticket, other: Ticket) => number = () => 1,
): Proposal[] {
  const proposals: Proposal[] = [];
  for (let index = 0; index + 1 < tickets.length; index += 2) {
    const [one, other] = [tickets[index] as Ticket, tickets[index + 1] as Ticket];
    proposals.push({ teams: [[one], [other]], quality: qualityOf(one, other) });
  }
  return proposals;
}

/** A strategy over all tickets by age. */
function over(propose: (tickets: readonly Ticket[]) => Proposal[]): () => Strategy {
  return () => defineStrategy({ propose });
}

/** The left-over one plays against a ticket that nobody sent. */
function withBot(tickets: readonly Ticket[]): Proposal[] {
  const alone = tickets.length % 2 === 1 ? tickets.at(-1) : undefined;
  const pairs = pairsOf(tickets);
  if (!alone) return pairs;
  return [...pairs, { teams: [[alone], [ticket({ id: `bot-for-${alone.id}` })]], quality: 1 }];
}

/** The left-over one plays against somebody who already plays. */
function withReuse(tickets: readonly Ticket[]): Proposal[] {
  const alone = tickets.length % 2 === 1 && tickets.length > 1 ? tickets.at(-1) : undefined;
  const pairs = pairsOf(tickets);
  return alone ? [...pairs, { teams: [[alone], [tickets[0] as Ticket]], quality: 1 }] : pairs;
}

/** Of each party the first player plays, and the others stay behind. */
function firstOfEachParty(tickets: readonly Ticket[]): Proposal[] {
  return pairsOf(
    tickets.map((each) =>
      each.players.length === 1 ? each : { ...each, players: each.players.slice(0, 1) },
    ),
  );
}

/** Counts tickets where it should count players. */
function fourTickets(tickets: readonly Ticket[]): Proposal[] {
  const proposals: Proposal[] = [];
  for (let index = 0; index + 3 < tickets.length; index += 4) {
    const [a, b, c, d] = tickets.slice(index, index + 4) as [Ticket, Ticket, Ticket, Ticket];
    proposals.push({
      teams: [
        [a, b],
        [c, d],
      ],
      quality: 1,
    });
  }
  return proposals;
}

/** The side that moves first goes to whose rating is nearer to that of who arrived last: a tie of age decides it. */
class SidesByLastArrival implements Strategy {
  propose(pool: Pool): Proposal[] {
    const [last] = pool.arrivals();
    const distance = (each: Ticket): number => Math.abs(ratingOf(each) - (last?.rating ?? 0));
    return pairsOf([...pool]).map(({ teams, quality }) => ({
      teams: [...teams].sort(([one], [other]) => distance(one as Ticket) - distance(other as Ticket)),
      quality,
    }));
  }

  nextChange(): Millis {
    return Infinity;
  }
}

/** Sorts the players of the tickets that wait, in place. */
class SortsPlayers extends Fifo {
  override propose(pool: Pool, now: Millis): Proposal[] {
    for (const { players } of pool) (players as Player[]).sort((one, other) => one.rating - other.rating);
    return super.propose(pool, now);
  }
}

/** Asks to be asked again half a millisecond later. */
class HalfMilliseconds extends OneVsOne {
  override nextChange(_pool?: Pool, now: Millis = 0): Millis {
    return now + 0.5;
  }
}

/** Pairs those who are new with each other, and forgets those who waited before. */
class NewcomersOnly implements Strategy {
  propose(pool: Pool): Proposal[] {
    return pairsOf([...pool.dirty].sort(byAge));
  }

  nextChange(): Millis {
    return Infinity;
  }
}

/** Keeps the next instant of those who are new, and with it forgets the instants of those who waited before. */
class ForgetsWhoWaits implements Strategy {
  readonly #inner = relaxing();
  #newcomers: Ticket[] = [];

  propose(pool: Pool, now: Millis): Proposal[] {
    const proposals = this.#inner.propose(pool, now);
    const gone = new Set(proposals.flatMap(ticketsOf));
    this.#newcomers = [...pool.dirty].filter((each) => !gone.has(each));
    return proposals;
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const instants = this.#newcomers.flatMap((one) =>
      [...pool].map((other) => (one === other ? 0 : meetAt(one, other))),
    );
    return Math.min(Infinity, ...instants.filter((at) => at > now));
  }
}

/** Wakes a millisecond after a limit of the queue has opened. */
class LimitsLate extends Explaining {
  override nextChange(pool: Pool, now: Millis): Millis {
    const own = super.nextChange(pool, now);
    const isOfLimits = [...pool].some((one) =>
      [...pool].some((other) => one !== other && pool.limits?.between(one, other) === own),
    );
    return isOfLimits ? own + 1 : own;
  }
}

/** Says that it takes a millisecond longer than it does. */
class SaysTooLate extends Explaining {
  protected override givesWayAt(ticket: Ticket, pool: Pool, now: Millis): Millis {
    return super.givesWayAt(ticket, pool, now) + 1;
  }
}

/** Looks at each pair alone: somebody else may take the partner first. */
class SaysTooEarly extends Explaining {
  protected override givesWayAt(ticket: Ticket, pool: Pool, now: Millis): Millis {
    const instants = [...pool].map((other) =>
      other === ticket ? Infinity : this.opensAt(ticket, other, pool),
    );
    return Math.min(Infinity, ...instants.filter((at) => at > now));
  }
}

/** Names its own rule, whatever keeps them apart. */
class BlamesTheGap extends Explaining {
  protected override blockedBy(): Blocked[] {
    return [{ rule: "ratingGap", limit: 1, value: 2 }];
  }
}

/** Names a limit beside the gap that blocks, also where the limit lets them meet. */
class BlamesEverything extends Explaining {
  protected override blockedBy(...asked: BlockedArguments): Blocked[] {
    const blocked = super.blockedBy(...asked);
    const isNamed = blocked.some(({ rule }) => rule === "opensLater");
    return isNamed ? blocked : [...blocked, { rule: "opensLater", limit: 0, value: 1 }];
  }
}

/** Names one rule where two block. */
class BlamesTheFirst extends Explaining {
  protected override blockedBy(...asked: BlockedArguments): Blocked[] {
    return super.blockedBy(...asked).slice(0, 1);
  }
}

/** Says that nobody else is there. */
class SeesNobody extends Explaining {
  override explain(...asked: Parameters<Explaining["explain"]>): Explanation {
    const explanation = super.explain(...asked);
    const { ticketId } = explanation;
    return { ...explanation, group: [ticketId], blockedBy: [{ rule: "players", limit: 2, value: 1 }] };
  }
}

/** Names the near ones by age. */
class NearestByAge extends Explaining {
  override explain(asked: Ticket, pool: Pool, now: Millis): Explanation {
    const explanation = super.explain(asked, pool, now);
    const age = new Map([...pool].map(({ id }, index) => [id, index]));
    const nearest = [...explanation.nearest].sort(
      (one, other) => (age.get(one.ticketId) ?? 0) - (age.get(other.ticketId) ?? 0),
    );
    return { ...explanation, nearest };
  }
}

type Blocked = Explanation["blockedBy"][number];
type BlockedArguments = [Ticket, Ticket, Pool, Millis];

const opening = {
  shape: duel,
  limits: [opensLater()],
  attributes: { notBefore: encounters() },
};
/** Limits that still stand when the pool has come to rest: some open later, some never. */
const explaining = {
  shape: duel,
  limits: [opensLater(), block],
  attributes: {
    notBefore: encounters({ from: BUILT_AT + 2_000, withinMs: 1_500 }),
    blocked: blockLists(),
  },
  lift: liftGap,
};

const withParties = { tickets: pools({ maxPartySize: 2 }), changes: changes({ maxPartySize: 2 }) };
const patient = { changes: changes({ maxPauseMs: 3 * RELAXING_MS }) };

function gapOf(one: Ticket | undefined, other: Ticket | undefined): number {
  return one && other ? Math.abs(ratingOf(one) - ratingOf(other)) : 0;
}

export const brokenStrategies: readonly BrokenStrategy[] = [
  { breaks: "proposes", options: { name: "never finds anybody", shape: duel, create: over(() => []) } },
  { breaks: "own-tickets", options: { name: "invents an opponent", shape: duel, create: over(withBot) } },
  {
    breaks: "once",
    options: { name: "gives one player two opponents", shape: duel, create: over(withReuse) },
  },
  {
    breaks: "whole-parties",
    options: { name: "leaves friends behind", shape: duel, create: over(firstOfEachParty), ...withParties },
  },
  {
    breaks: "team-shape",
    options: { name: "counts tickets for players", shape: duo, create: over(fourTickets), ...withParties },
  },
  {
    breaks: "quality",
    options: {
      name: "has a quality below 0",
      shape: duel,
      create: over((tickets) => pairsOf(tickets, (one, other) => 1 - gapOf(one, other) / 100)),
    },
  },
  {
    breaks: "limits",
    options: {
      name: "takes a gap one point too wide",
      shape: duel,
      create: () => new OneVsOne({ maxRatingGap: 51 }),
      forbids: (proposal) => {
        const [one, other] = ticketsOf(proposal);
        return gapOf(one, other) > 50 ? `a gap of ${gapOf(one, other)}` : undefined;
      },
    },
  },
  {
    breaks: "limits",
    options: {
      name: "does not ask who may meet",
      create: over((tickets) => pairsOf(tickets)),
      shape: duel,
      limits: [block],
      attributes: { blocked: blockLists() },
    },
  },
  {
    breaks: "same-again",
    options: { name: "lets the last arrival decide", shape: duel, create: () => new SidesByLastArrival() },
  },
  {
    breaks: "pool-untouched",
    options: { name: "sorts players in place", shape: duo, create: () => new SortsPlayers({ teamSize: 2 }) },
  },
  {
    breaks: "next-change",
    options: {
      name: "wakes between milliseconds",
      shape: duel,
      create: () => new HalfMilliseconds({ maxRatingGap: 50 }),
    },
  },
  {
    breaks: "incremental",
    options: { name: "pairs newcomers only", shape: duel, create: () => new NewcomersOnly() },
  },
  {
    breaks: "nothing-missed",
    options: {
      name: "wakes one millisecond late",
      shape: duel,
      create: () => relaxing({ late: 1 }),
      ...patient,
    },
  },
  {
    breaks: "nothing-missed",
    options: {
      name: "forgets when those who wait may meet",
      shape: duel,
      create: () => new ForgetsWhoWaits(),
      ...patient,
    },
  },
  {
    breaks: "nothing-missed",
    options: {
      name: "wakes one millisecond late when a limit opens",
      ...opening,
      create: () => new LimitsLate(),
      changes: changes({ maxPauseMs: 3 * RELAXING_MS, attributes: opening.attributes }),
    },
  },
  {
    breaks: "explain",
    options: {
      name: "promises a match one millisecond late",
      ...explaining,
      create: () => new SaysTooLate(),
    },
  },
  {
    breaks: "explain",
    options: {
      name: "promises a match that somebody else takes",
      ...explaining,
      create: () => new SaysTooEarly(),
    },
  },
  {
    breaks: "explain",
    options: { name: "blames its gap for everything", ...explaining, create: () => new BlamesTheGap() },
  },
  {
    breaks: "explain",
    options: {
      name: "blames a limit that lets them meet",
      ...explaining,
      create: () => new BlamesEverything(),
    },
  },
  {
    breaks: "explain",
    options: { name: "blames the first of two rules", ...explaining, create: () => new BlamesTheFirst() },
  },
  {
    breaks: "explain",
    options: { name: "sees nobody though somebody waits", ...explaining, create: () => new SeesNobody() },
  },
  {
    breaks: "explain",
    options: { name: "names the oldest as the nearest", ...explaining, create: () => new NearestByAge() },
  },
];
