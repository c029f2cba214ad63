/** What the names of topics begin with when nobody says otherwise. */
export const PREFIX = "match";

/** The topic of the bus when nobody says otherwise. */
export const EVENTS = "match-events";

/** The topic of a queue's requests. */
export function requestsTopic(prefix: string, queue: string): string {
  return `${prefix}.${queue}`;
}

/** The topic of a queue's decisions. No queue is called so: its name has no dot. */
export function logTopic(prefix: string, queue: string): string {
  return `${prefix}.${queue}.log`;
}

/** The topic of the answers to who asked. */
export function answersTopic(prefix: string): string {
  return `${prefix}-answers`;
}

/** The topic of what could not be read or handled, beside the topic of a bus. */
export function deadTopic(events: string): string {
  return `${events}.dead`;
}
