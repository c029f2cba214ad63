import { redisEventBus, redisTicketStore } from "@evenmatch/adapter-redis";
import type { Bell, Engine } from "../deployment/engine.js";
import { client, onServer } from "./server.js";

const CHANNEL = "bare";

/** Tickets and events on Redis, which keeps no matches. */
export const onRedis: Engine = {
  title: "Redis",
  onServer,
  portsOn(url) {
    const redis = client(url);
    const tickets = redisTicketStore(redis);
    const events = redisEventBus(redis);
    const close = async (): Promise<void> => {
      await Promise.all([tickets.close(), events.close()]);
      redis.disconnect();
    };
    return { ports: { tickets, events }, close };
  },
  bellOn(url): Bell {
    const [writer, listener] = [client(url), client(url)];
    return {
      connect: async () => {
        await Promise.all([writer.ping(), listener.ping()]);
      },
      listen: async (hear) => {
        listener.on("message", (_channel, id) => hear(id));
        await listener.subscribe(CHANNEL);
      },
      ring: async (id) => {
        await writer.multi().set(`bare ${id}`, id).publish(CHANNEL, id).exec();
      },
      close: async () => {
        writer.disconnect();
        listener.disconnect();
      },
    };
  },
};
