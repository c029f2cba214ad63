import {
  OneVsOne,
  RelaxingBlitz,
  SeededBracket,
  StrictOneVsOne,
  TeamBalance,
  type Queues,
} from "@evenmatch/core";

/** What an operator may set of the queues, in ms. */
export interface QueueTimes {
  /** How long players have to accept, where a mode asks them. */
  readonly acceptMs: number;
  /** How long a tournament collects players before it takes the largest size that is full. */
  readonly fillMs: number;
  /** A ticket ends when nobody has said for so long that its players are there; nobody has to when left out. */
  readonly heartbeatMs?: number | undefined;
}

/** Every queue of this game. */
export function queuesWith({ acceptMs, fillMs, heartbeatMs }: QueueTimes) {
  const alive = heartbeatMs === undefined ? {} : { heartbeatMs };
  const asked = { ...alive, acceptance: { timeoutMs: acceptMs } };
  return {
    classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), ...alive },
    solo: { strategy: new StrictOneVsOne({ maxRatingGap: 50 }), ...asked },
    duo: { strategy: new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: 200 }), ...asked },
    blitz: {
      strategy: new RelaxingBlitz({
        ratingGap: 100,
        widenBy: 50,
        widenEveryMs: 5_000,
        upTo: 400,
        forceAfterMs: 30_000,
      }),
      ...alive,
    },
    tournament: { strategy: new SeededBracket({ sizes: [8, 16, 32], fillMs }), ...asked },
  } satisfies Queues;
}

export type DuelQueues = ReturnType<typeof queuesWith>;

export type QueueName = keyof DuelQueues;

/** In the order in which the page shows them. */
export const queueNames = [
  "classic",
  "solo",
  "duo",
  "blitz",
  "tournament",
] as const satisfies readonly QueueName[];

/** What a client is told of a mode. */
export interface Mode {
  readonly title: string;
  /** Its rule in a line. */
  readonly rule: string;
  /** The largest party. */
  readonly partySize: number;
  /** The fewest players of a match. */
  readonly players: number;
  /** Whether players are asked to accept before it starts. */
  readonly asks: boolean;
}

export const modes: Readonly<Record<QueueName, Mode>> = {
  classic: {
    title: "Classic",
    rule: "One against one, at most 100 points apart. Starts at once.",
    partySize: 1,
    players: 2,
    asks: false,
  },
  solo: {
    title: "Solo",
    rule: "One against one, at most 50 points apart, and nobody is closer to either of you.",
    partySize: 1,
    players: 2,
    asks: true,
  },
  duo: {
    title: "Duo",
    rule: "Two against two, alone or with a friend: the fairest teams among four within 200 points.",
    partySize: 2,
    players: 4,
    asks: true,
  },
  blitz: {
    title: "Blitz",
    rule: "Starts with 100 points and takes 50 more every 5 seconds; after 30 seconds you play anybody.",
    partySize: 1,
    players: 2,
    asks: false,
  },
  tournament: {
    title: "Tournament",
    rule: "A bracket of 8, 16 or 32, seeded by rating: the two best can only meet in the final.",
    partySize: 1,
    players: 8,
    asks: true,
  },
};

/** Players of two regions never meet. The list is the server's: a request for any other is refused. */
export const regions = ["eu", "na", "asia", "sa", "oceania", "africa"] as const;

export type Region = (typeof regions)[number];
