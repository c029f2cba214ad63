import { queueNames, type Region } from "../queues.js";

/** The topic of the library's events. */
export function eventsTopic(prefix: string): string {
  return `${prefix}-events`;
}

/** The topics in which the library says what became of tickets and matches: of each the last word is kept. */
export function logTopics(prefix: string): string[] {
  return queueNames.map((queue) => `${prefix}.${queue}.log`);
}

/**
 * The regions of partition 0, 1 and so on. Of few partitions a worker has every other one, or the first or the second
 * half of them: in this order each of these is a fair share of the players.
 */
export const placedRegions: readonly Region[] = ["eu", "sa", "africa", "na", "asia", "oceania"];
