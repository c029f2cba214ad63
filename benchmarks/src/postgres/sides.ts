import { Adapter } from "../deployment/owning-adapter.js";
import { QUEUE, type Players } from "../deployment/players.js";
import { DEPTH, REGIONS, type Side } from "../deployment/side.js";
import { Bare, BARE_TABLES } from "./bare.js";
import { openedOn } from "./engine.js";
import type { BenchServer } from "./server.js";

/** One connection for each call, one that the adapter listens on, and one for what its owner reads. */
const CONNECTIONS = DEPTH + 2;

/** Both sides on one server, each with its tables, and every region's pool there. */
export async function sides(
  server: BenchServer,
  players: Players,
): Promise<{ ours: Side; reference: Side; joined: number }> {
  await server.admin.query(BARE_TABLES);
  const ours = new Adapter(openedOn(server.url, CONNECTIONS));
  const reference = new Bare(server.url, CONNECTIONS);
  const first = REGIONS.map((region) => players.ticket(region, Date.now()));
  await ours.join(first);
  ours.own(QUEUE);
  await ours.heard(first.length);
  await reference.join(first);
  return { ours, reference, joined: first.length };
}
