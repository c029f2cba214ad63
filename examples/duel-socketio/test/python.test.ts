import { resolve } from "node:path";
import { beforeAll, expect, it, vi } from "vitest";
import { spawned, type Program } from "./program.js";
import { pythonWithSocketIo } from "./python/environment.js";
import { serve, sit } from "./table.js";

const script = resolve(import.meta.dirname, "python/player.py");
let python: string;

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  python = await pythonWithSocketIo();
}, 420_000);

/** A player of `python-socketio`, straight from PyPI. */
function player(url: string, ...args: readonly string[]): Program {
  return spawned(python, [script, url, ...args]);
}

interface Told {
  readonly event: string;
  readonly news: unknown;
}

async function toldTo({ ended }: Program): Promise<Told[]> {
  const { code, out, err } = await ended;
  expect(code, err).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

it("plays with the page's own client: joins, accepts, and is told of the same match", async () => {
  const table = await serve();
  const ann = player(table.url, "Ann", "solo", "eu");
  await ann.prints(/"event": "join", "news": \{"ok": true/);
  const bob = await sit(table, "Bob");
  await bob.call("join", { queue: "solo", region: "eu" });
  const { match } = await bob.hears("ready_check");
  await bob.call("accept", { matchId: match.matchId });
  const found = await bob.hears("match_found");
  expect(
    found.teams
      .flat()
      .flatMap(({ players }) => players.map(({ name }) => name))
      .sort(),
  ).toEqual(["Ann", "Bob"]);
  const told = await toldTo(ann);
  expect(told.map(({ event }) => event).sort()).toEqual([
    "accept",
    "join",
    "match_found",
    "ready_check",
    "status",
  ]);
  const news = Object.fromEntries(told.map(({ event, news }) => [event, news]));
  expect(news["match_found"]).toEqual(found);
  expect(news["ready_check"]).toMatchObject({ match: { matchId: match.matchId } });
  expect(news["accept"]).toEqual({ ok: true, outcome: "recorded" });
  expect(news["status"]).toMatchObject({ ok: true, status: { ticket: null, lastMatch: found } });
});

it("plays with itself, over a WebSocket and over plain requests", async () => {
  const { url } = await serve();
  const players = [
    player(url, "Ann", "blitz", "asia", "websocket"),
    player(url, "Bob", "blitz", "asia", "polling"),
  ];
  const [ann, bob] = await Promise.all(players.map(toldTo));
  const matches = [ann!, bob!].map((told) => told.find(({ event }) => event === "match_found")?.news);
  expect(matches[0]).toEqual(matches[1]);
  expect(matches[0]).toMatchObject({ queue: "blitz", region: "asia" });
});

it("installs Python where there is none, or says what to install", async () => {
  let asked = 0;
  const fails = async (): Promise<never> => {
    asked++;
    throw new Error("there is no apt-get");
  };
  await expect(pythonWithSocketIo({ PATH: "/nowhere" }, fails)).rejects.toThrow(
    /could be installed: there is no apt-get\nInstall Python 3\.8 or later .* PYTHON_PATH/,
  );
  expect(asked).toBe(1);
  const env: Record<string, string> = { PATH: "/nowhere" };
  const found = await pythonWithSocketIo(env, async () => void (env["PATH"] = process.env["PATH"] ?? ""));
  expect(found).toBe(python);
});
