import { freshPrefix } from "@evenmatch/services";
import type { TicketStoreSubject } from "@evenmatch/testkit";
import { Redis } from "ioredis";
import {
  redisTicketStore,
  type RedisLike,
  type RedisTicketStore,
  type RedisTicketStoreOptions,
} from "../../src/index.js";
import { settingsOf } from "../../src/connection/options.js";
import { RedisServer } from "../../src/connection/server.js";
import { Keys } from "../../src/ticket/keys.js";
import { Owners } from "../../src/ticket/owners.js";
import { Taking } from "../../src/ticket/taking.js";

/** Where the keys of a case are. */
export interface Place {
  readonly prefix: string;
  /** A client of its own, as a process has it. */
  client(): RedisLike;
  /** Removes the keys, where others use the server. */
  drop(): Promise<void>;
}

/** A place on a server; where it is one of many, or of the caller's own, with clients of the caller's. */
export function placeOn(server: { readonly url: string }, client?: () => RedisLike): Place {
  const keys = freshPrefix(server);
  return {
    prefix: keys.prefix,
    client: client ?? (() => quiet(new Redis(server.url))),
    drop: async () => (client ? undefined : keys.drop()),
  };
}

/** A client whose failures nobody prints. */
export function quiet<Client extends RedisLike>(client: Client): Client {
  client.on("error", () => {});
  return client;
}

/** What a test of the ticket store plays on. */
export interface Subject extends Omit<TicketStoreSubject, "store"> {
  readonly prefix: string;
  /** A client that nobody else uses, for looking and for mischief. */
  readonly admin: RedisLike;
  store(options?: RedisTicketStoreOptions): RedisTicketStore;
}

/** The keys of one case, with stores that each have a client of their own, as processes have. */
export function ticketStoreSubject(place: Place, options: RedisTicketStoreOptions = {}): Subject {
  const { prefix } = place;
  const clients: RedisLike[] = [];
  const stores: RedisTicketStore[] = [];
  const client = (): RedisLike => {
    const made = place.client();
    clients.push(made);
    return made;
  };
  const admin = client();
  const server = new RedisServer(admin, settingsOf({ prefix }), []);
  const keys = new Keys(prefix);
  const taking = new Taking({ server, keys, retainMs: 60_000, report: () => {} });
  return {
    prefix,
    admin,
    store(own) {
      const store = redisTicketStore(client(), { ...options, ...own, prefix });
      stores.push(store);
      return store;
    },
    async endLease({ pool, fence }) {
      await taking.take(pool, "", String(fence), 1_000);
      await new Owners(server, keys, 1_000).ring([pool.queue]);
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await server.close();
      for (const one of clients) one.disconnect();
      await place.drop();
    },
  };
}
