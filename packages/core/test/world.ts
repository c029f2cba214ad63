import {
  EvenmatchError,
  Matchmaker,
  type EventType,
  type LifeEvent,
  type MatchmakerOptions,
  type MemoryTicketStore,
  type Queues,
  type TicketStore,
} from "@evenmatch/core";
import { ManualClock, seededRandom } from "@evenmatch/testkit";
import { afterEach } from "vitest";

const open = new Set<{ close(): Promise<void> }>();

/** No test leaves a matchmaker running: each is closed, and a close that hangs fails the test by its timeout. */
afterEach(async () => {
  const all = [...open];
  open.clear();
  await Promise.all(all.map((one) => one.close()));
});

/** A matchmaker on a clock of its own, started unless told otherwise, and closed after the test. */
export async function world<const Q extends Queues>(
  options: MatchmakerOptions<Q> & { readonly clock?: ManualClock },
  { start = true, seed = 1 } = {},
): Promise<{ clock: ManualClock; matchmaker: Matchmaker<Q>; problems: string[] }> {
  const clock = options.clock ?? new ManualClock();
  const matchmaker = new Matchmaker<Q>({ random: seededRandom(seed), ...options, clock });
  open.add({
    close: async () => {
      const closed = matchmaker.close();
      await clock.advance(10_000);
      await closed;
    },
  });
  const problems: string[] = [];
  matchmaker.on("error", ({ data }) => problems.push(data.error.code));
  if (start) await matchmaker.start();
  return { clock, matchmaker, problems };
}

/** One player's request. */
export function solo(
  id: string,
  rating = 1500,
  region?: string,
): { players: { id: string; rating: number }[]; region?: string } {
  return { players: [{ id, rating }], ...(region !== undefined && { region }) };
}

/** Collects the payloads of an event. */
export function heard<Q extends Queues, Type extends EventType>(
  matchmaker: Matchmaker<Q>,
  type: Type,
): LifeEvent<Type>["data"][] {
  const payloads: LifeEvent<Type>["data"][] = [];
  matchmaker.on(type, (event) => payloads.push((event as unknown as LifeEvent<Type>).data));
  return payloads;
}

/** The ids of a match's players, team by team. */
export function teamsOf(match: {
  readonly teams: readonly (readonly { readonly players: readonly { readonly id: string }[] }[])[];
}): string[][] {
  return match.teams.map((team) => team.flatMap(({ players }) => players.map(({ id }) => id)));
}

/** Every type of event on the bus, or this does not compile. */
export const EVENT_TYPES: Readonly<Record<EventType, true>> = {
  "ticket.joined": true,
  "ticket.left": true,
  "ticket.expired": true,
  "ticket.released": true,
  "match.claimed": true,
  "match.answered": true,
  "match.settled": true,
  "match.delivered": true,
  "pool.gained": true,
  "pool.lost": true,
  pass: true,
  error: true,
};

/** What a port that is away for a while rejects with. */
export function away(): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", { rule: "it is there", remedy: "Wait.", retryable: true });
}

/** A store of which some methods are others. */
export function storeWith(store: MemoryTicketStore, others: Partial<TicketStore>): TicketStore {
  return new Proxy(store, {
    get: (_, name): unknown => {
      const value: unknown = Reflect.get(name in others ? others : store, name, store);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}
