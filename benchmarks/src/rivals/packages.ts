import { MAX_GAP } from "../core/strategies.js";

/** Somebody who wants to play. */
export interface Entrant {
  readonly id: string;
  readonly rating: number;
}

/** Told of each pair. */
export type OnPair = (one: Entrant, other: Entrant) => void;

/**
 * Pairs entrants of one region by a package, through its public functions as its documentation has them. Where a
 * package looks at its queue now and then, it is asked to do so each millisecond, and `isDone` comes when it has found
 * nobody for a while.
 */
export type Pairing = (entrants: readonly Entrant[], onPair: OnPair) => void;

export interface Rival {
  readonly name: string;
  /** How many arrive, and whether in six regions: what takes time that grows with the square gets fewer. */
  readonly arrivals: number;
  /** What it goes by, in words. */
  readonly rule: string;
  /** Whether it looks at ratings, and pairs those who are near. */
  readonly isByRating: boolean;
  load(load: (name: string) => unknown): Pairing;
}

/** As often as a package may look at its queue. */
const EVERY_MS = 1;

interface ColyseusRoom {
  readonly clients: { push(client: object): void };
  onCreate(options: object): void;
  onJoin(client: object, options: { readonly rank: number }): void;
  reassignMatchGroups(): void;
}

interface ColyseusGroup {
  readonly clients: readonly { readonly entrant: Entrant }[];
}

const colyseus: Rival = {
  name: "colyseus",
  arrivals: 100_000,
  rule: "a QueueRoom in each region, groups of two whose ranks are within the gap; clients that are connected to nothing",
  isByRating: true,
  load(load) {
    const { QueueRoom } = load("@colyseus/core") as { QueueRoom: new () => ColyseusRoom };
    return (entrants, onPair) => {
      const room = new QueueRoom();
      room.onCreate({
        matchRoomName: "match",
        maxPlayers: 2,
        compare: (client: { readonly rank: number }, group: { readonly averageRank: number }) =>
          Math.abs(client.rank - group.averageRank) <= MAX_GAP,
        onGroupReady: ({ clients: [one, other] }: ColyseusGroup) => {
          onPair(one!.entrant, other!.entrant);
          // A room for the match, and seats in it, are not what is measured.
          return new Promise(() => {});
        },
      });
      for (const entrant of entrants) {
        const client = { sessionId: entrant.id, entrant, send: () => {}, leave: () => {} };
        room.clients.push(client);
        room.onJoin(client, { rank: entrant.rating });
      }
      room.reassignMatchGroups();
    };
  },
};

interface MatchmakerQueue {
  policy: (one: Entrant, other: Entrant) => number;
  readonly prefs: { checkinterval: number; threshold: number; maxiters: number };
  on(event: "match", listener: (match: { readonly a: Entrant; readonly b: Entrant }) => void): void;
  push(entrant: Entrant): void;
  start(): void;
}

const matchmaker: Rival = {
  name: "matchmaker",
  arrivals: 5_000,
  rule: "the first two in the queue whose ratings are within the gap",
  isByRating: true,
  load(load) {
    const Queue = load("matchmaker") as new () => MatchmakerQueue;
    return (entrants, onPair) => {
      const queue = new Queue();
      queue.policy = (one, other) => (Math.abs(one.rating - other.rating) <= MAX_GAP ? 100 : 0);
      queue.prefs.checkinterval = EVERY_MS;
      queue.prefs.maxiters = 100;
      queue.on("match", ({ a, b }) => onPair(a, b));
      for (const entrant of entrants) queue.push(entrant);
      queue.start();
    };
  },
};

const matchmaking: Rival = {
  name: "matchmaking",
  arrivals: 5_000,
  rule: "FifoMatchmaker, whatever the ratings",
  isByRating: false,
  load(load) {
    const { FifoMatchmaker } = load("matchmaking") as {
      FifoMatchmaker: new (
        resolver: (players: Entrant[]) => void,
        getKey: (player: Entrant) => string,
        options: object,
      ) => { push(player: Entrant): void };
    };
    return (entrants, onPair) => {
      const queue = new FifoMatchmaker(
        ([one, other]) => onPair(one!, other!),
        ({ id }) => id,
        { checkInterval: EVERY_MS, minMatchSize: 2, maxMatchSize: 2 },
      );
      for (const entrant of entrants) queue.push(entrant);
    };
  },
};

interface Queued {
  readonly player: Entrant;
}

const gamemaker: Rival = {
  name: "gamemaker",
  arrivals: 5_000,
  rule: "each two in turn that are within the gap; it does not read the order that its documentation offers",
  isByRating: true,
  load(load) {
    const Queue = load("gamemaker") as new (
      resolver: (players: Queued[]) => void,
      getKey: (player: Entrant) => string,
      options: object,
    ) => { addPlayer(player: Entrant): void; init(): void };
    return (entrants, onPair) => {
      const queue = new Queue(
        ([one, other]) => onPair(one!.player, other!.player),
        ({ id }) => id,
        {
          checkInterval: EVERY_MS,
          minMatchSize: 2,
          maxMatchSize: 2,
          matchPlayersFunction: ([one, other]: Queued[]) =>
            Math.abs(one!.player.rating - other!.player.rating) <= MAX_GAP,
          sortQueueFunction: (one: Queued, other: Queued) => one.player.rating - other.player.rating,
          queue: [],
        },
      );
      for (const entrant of entrants) queue.addPlayer(entrant);
      queue.init();
    };
  },
};

const simple: Rival = {
  name: "simple-matchmaker",
  arrivals: 5_000,
  rule: "elomatch, which calls two a match when their distance is its setting or more",
  isByRating: false,
  load(load) {
    const { elomatch } = load("simple-matchmaker") as {
      elomatch: {
        setNotify(notify: (pair: readonly Rated[]) => void): void;
        setRequiredEloDistance(distance: number): void;
        setDefaultRefreshRate(everyMs: number): void;
        addPlayer(player: Rated): void;
      };
    };
    interface Rated {
      readonly elo: number;
      readonly entrant: Entrant;
    }
    return (entrants, onPair) => {
      elomatch.setNotify(([one, other]) => onPair(one!.entrant, other!.entrant));
      elomatch.setRequiredEloDistance(MAX_GAP);
      for (const entrant of entrants) elomatch.addPlayer({ elo: entrant.rating, entrant });
      elomatch.setDefaultRefreshRate(EVERY_MS);
    };
  },
};

/** Of those that could be installed; see the README for those that could not. */
export const packages: readonly Rival[] = [colyseus, matchmaker, matchmaking, gamemaker, simple];
