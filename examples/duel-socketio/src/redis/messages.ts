import { createAdapter } from "@socket.io/redis-adapter";
import type { Redis } from "ioredis";
import type { Namespace } from "socket.io";
import { Hearing, type Messages } from "../shared/messages.js";

/**
 * Socket.IO's adapter for Redis, which passes messages on by PUBLISH. Those who are not connected in that moment miss it;
 * `onMissed` says so when they are back. All that processes of this game tell each other is that somebody has sat down
 * or that a party has changed, and who looks it up then has missed nothing: that is worth a shorter way than a stream.
 */
export function messagesOn(client: Redis, prefix: string): Messages {
  const hearing = new Hearing();
  const ear = client.duplicate({ maxRetriesPerRequest: null, commandTimeout: undefined, lazyConnect: true });
  ear.on("error", () => {});
  // What it is subscribed to is said again before this is answered.
  ear.on("ready", () => {
    ear.ping().then(
      () => hearing.begins(),
      () => {},
    );
  });
  const make = createAdapter(unbothered(client), unbothered(ear), { key: `${prefix}:messages` });
  function adapter(namespace: Namespace): unknown {
    return make(namespace);
  }
  return {
    adapter: adapter as unknown as Messages["adapter"],
    heard: hearing.heard,
    onMissed: (run) => hearing.onMissed(run),
    close: () => ear.disconnect(),
  };
}

/**
 * A client for someone who does not wait for answers: a command that fails is printed, and ends no process as a rejection
 * that nobody handles.
 */
function unbothered(client: Redis): Redis {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (result instanceof Promise) result.catch((error: unknown) => console.error(error));
        return result;
      };
    },
  });
}
