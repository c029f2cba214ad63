import { Fifo, OneVsOne, type Queues } from "@evenmatch/core";

/** How long players have to accept a ranked match. */
export const ACCEPT_MS = 10_000;

/** Every queue of this game. */
export const queues = {
  classic: new OneVsOne({ maxRatingGap: 100 }),
  ranked: { strategy: new OneVsOne({ maxRatingGap: 100 }), acceptance: { timeoutMs: ACCEPT_MS } },
  duo: new Fifo({ teams: 2, teamSize: 2 }),
} satisfies Queues;

export type QueueName = keyof typeof queues;

export const queueNames = Object.keys(queues) as [QueueName, ...QueueName[]];

/** What the page says about each. */
export const descriptions: Readonly<Record<QueueName, string>> = {
  classic: "One against one, within 100 rating points",
  ranked: "One against one, and both accept before it starts",
  duo: "Two against two, alone or with a friend",
};

/** The largest party of each. */
export const partySizes: Readonly<Record<QueueName, number>> = { classic: 1, ranked: 1, duo: 2 };

/** Players of two regions never meet. The list is the server's: a request for any other is refused. */
export const regions = ["eu", "na", "asia", "sa", "oceania", "africa"] as const;

export type Region = (typeof regions)[number];
