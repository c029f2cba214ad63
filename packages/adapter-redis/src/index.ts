/**
 * Evenmatch on Redis: the fast shared queue, and events between processes, on the Redis that a team already operates.
 *
 * @packageDocumentation
 */
export {};
