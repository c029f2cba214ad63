import type { Redis } from "ioredis";

/** A command as it was sent. */
export type Sent = readonly [command: string, args: readonly (string | number)[]];

/** A client that notes the scripts that are sent through it, as they are sent. */
export function recording(client: Redis): { readonly client: Redis; taken(): Sent[] } {
  let sent: Sent[] = [];
  const recorded = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const method = value as (...args: unknown[]) => unknown;
      if (name !== "call") return method.bind(target);
      return (command: string, args: (string | number)[]) => {
        if (command === "evalsha") sent.push([command, args]);
        return method.call(target, command, args);
      };
    },
  });
  const taken = (): Sent[] => {
    const all = sent;
    sent = [];
    return all;
  };
  return { client: recorded, taken };
}
