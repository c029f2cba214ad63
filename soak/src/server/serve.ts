import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import {
  Matchmaker,
  type ErrorCode,
  type EventBus,
  type MatchStore,
  type TicketStore,
} from "@evenmatch/core";
import { rng } from "@evenmatch/testkit";
import { soakQueues, type SoakQueues } from "../queues.js";
import { Calls } from "./calls.js";
import { Door } from "./door.js";
import type { ServerNotice, ServerOrder } from "./orders.js";

/** The ports of one server process, and what ends them. */
export interface OpenPorts {
  readonly tickets: TicketStore;
  readonly matches?: MatchStore;
  readonly events?: EventBus;
  close(): Promise<void>;
}

/** What a fault does not explain, where a matchmaker reports it. */
const FLAWS: ReadonlySet<ErrorCode> = new Set([
  "STRATEGY_FAILED",
  "INVALID_PROPOSAL",
  "LISTENER_FAILED",
  "LISTENER_TOO_SLOW",
  "STORE_MISCONFIGURED",
  "INVALID_REQUEST",
  "INVALID_OPTIONS",
]);

/** All processes together consume the matches as one group, as a rating service would. */
const GROUP = "ratings";

/**
 * The program of a server process: a matchmaker on the ports that `open` makes, with a door for callers. It lives
 * until it is told to close, or is killed.
 */
export async function serve(open: (settings: unknown) => Promise<OpenPorts>): Promise<void> {
  const [order] = (await once(process, "message")) as [Extract<ServerOrder, { type: "serve" }>];
  const { role, seed, settings } = order;
  // Whoever started us is gone.
  process.on("disconnect", () => process.exit());
  const calls = new Calls();
  const ports = await open(settings);
  const matchmaker = new Matchmaker({
    queues: soakQueues(rng(seed).fork("allocator")),
    tickets: calls.tickets(ports.tickets),
    ...(ports.matches && { matches: calls.matches(ports.matches) }),
    ...(ports.events && { events: calls.events(ports.events) }),
  });
  const onFlaw = (message: string): void => say({ type: "flaw", message });
  matchmaker.on("error", ({ data: { error } }) => {
    if (FLAWS.has(error.code)) onFlaw(error.message);
    else say({ type: "trouble", code: error.code });
  });
  const door = new Door(matchmaker, onFlaw);
  const port = await door.open();
  calls.onHeld = () => say({ type: "held" });
  process.on("message", (message: ServerOrder) => {
    switch (message.type) {
      case "arm":
        return calls.arm(message.step, message.phase);
      case "disarm":
        return calls.disarm();
      case "count":
        return say({ type: "counted", joins: calls.underWay("join"), claims: calls.underWay("claim") });
      case "close":
        return void close(matchmaker, door, ports, calls);
      case "serve":
        return;
    }
  });
  if (ports.events) void consume(matchmaker);
  if (role === "worker") await start(matchmaker);
  say({ type: "ready", port });
}

/** Offers to run pools, trying again for as long as the store cannot be reached. */
async function start(matchmaker: Matchmaker<SoakQueues>): Promise<void> {
  while (matchmaker.health().status !== "closed") {
    try {
      await matchmaker.start();
      return;
    } catch {
      await pause(100);
    }
  }
}

/** Takes its share of the matches; one is done with when the next is asked for. */
async function consume(matchmaker: Matchmaker<SoakQueues>): Promise<void> {
  while (matchmaker.health().status !== "closed") {
    try {
      for await (const { id } of matchmaker.matches({ group: GROUP })) say({ type: "grouped", matchId: id });
    } catch {
      await pause(100);
    }
  }
}

async function close(
  matchmaker: Matchmaker<SoakQueues>,
  door: Door,
  ports: OpenPorts,
  calls: Calls,
): Promise<void> {
  calls.disarm();
  await matchmaker.close();
  door.close();
  await ports.close();
  say({ type: "closed", claims: calls.claimed });
  process.disconnect();
}

function say(notice: ServerNotice): void {
  process.send?.(notice);
}
