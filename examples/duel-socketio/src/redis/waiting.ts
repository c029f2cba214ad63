import type { Ticket } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { queueNames } from "../queues.js";
import type { Waiting } from "../seats.js";
import { waitingOf } from "../shared/waiting.js";

/** How many tickets are read at once: the server is busy with nothing else meanwhile. */
const AT_ONCE = 500;

/**
 * Everybody who waits, at whichever process they joined, as the keys of the library have them: of each queue the set
 * `pools`, and of each pool the hash `waiting:<pool>`, in which a ticket is a record that ends with its JSON.
 */
export async function whoWaits(client: Redis, prefix: string): Promise<readonly Waiting[]> {
  const reading = queueNames.map(async (queue) => {
    const tag = `{${prefix}:${queue}}:`;
    const pools = await client.smembers(`${tag}pools`);
    return (await Promise.all(pools.map((pool) => ticketsIn(client, `${tag}waiting:${pool}`)))).flat();
  });
  const tickets = (await Promise.all(reading)).flat();
  return tickets.sort((one, other) => one.joinedAt - other.joinedAt).map(waitingOf);
}

async function ticketsIn(client: Redis, key: string): Promise<Ticket[]> {
  const found = new Map<string, Ticket>();
  let cursor = "0";
  do {
    const [next, entries] = await client.hscan(key, cursor, "COUNT", AT_ONCE);
    for (let index = 0; index < entries.length; index += 2) {
      found.set(entries[index]!, ticketIn(entries[index + 1]!));
    }
    cursor = next;
  } while (cursor !== "0");
  return [...found.values()];
}

/** JSON holds neither of what separates the parts of a record. */
function ticketIn(record: string): Ticket {
  return JSON.parse(record.split(/[\n\t]/).at(-1)!) as Ticket;
}
