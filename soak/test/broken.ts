import type { TicketStore } from "@evenmatch/core";

/** Ways to break any ticket store from outside, each of which a run must find. */
export const breakages = {
  /** Answers that a ticket left, and does nothing. */
  "forgets leaves": (store) => ({
    ...through(store),
    submit: async (requests, options) => {
      const kept = requests.filter(({ type }) => type !== "leave");
      const outcomes = await store.submit(kept, options);
      return requests.map(({ type }) => (type === "leave" ? { type: "left" } : outcomes.shift()!));
    },
  }),
  /** Acknowledges every fiftieth join, and keeps nothing of it. */
  "loses joins": (store) => {
    let count = 0;
    return {
      ...through(store),
      submit: async (requests, options) => {
        const lost = new Set(requests.filter(({ type }) => type === "join" && count++ % 50 === 0));
        const outcomes = await store.submit(
          requests.filter((request) => !lost.has(request)),
          options,
        );
        return requests.map((request) =>
          lost.has(request) && request.type === "join"
            ? { type: "added", ticket: request.ticket }
            : outcomes.shift()!,
        );
      },
    };
  },
} satisfies Record<string, (store: TicketStore) => TicketStore>;

export type Breakage = keyof typeof breakages;

/** The store as it is, to put something else in the place of single methods. */
export function through(store: TicketStore): TicketStore {
  return {
    submit: (requests, options) => store.submit(requests, options),
    decide: (lease, decisions, options) => store.decide(lease, decisions, options),
    own: (queues, options) => store.own(queues, options),
    read: (queries, options) => store.read(queries, options),
    ask: (pool, question, options) => store.ask(pool, question, options),
    time: () => store.time(),
  };
}
