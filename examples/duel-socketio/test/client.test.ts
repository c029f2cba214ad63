import { freePorts } from "@evenmatch/services";
import { resolve } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { optionsFrom, usage } from "../client/options.js";
import { signalled, spawned, startProgram, type Program } from "./program.js";
import { SECRET, sit, serve } from "./table.js";

vi.setConfig({ testTimeout: 60_000 });

const server = resolve(import.meta.dirname, "../src/main.ts");
const main = resolve(import.meta.dirname, "../client/main.ts");
const root = resolve(import.meta.dirname, "../../..");

/** A server as `npm start` starts it. */
async function started(port = "0"): Promise<{ url: string; program: Program }> {
  const program = startProgram(server, [], {
    PORT: port,
    BOTS: "0",
    TOKEN_SECRET: SECRET,
    GRACE_MS: "60000",
  });
  const [, url] = await program.prints(/plays at (\S+)\n/);
  return { url: url!, program };
}

function client(...args: readonly string[]): Program {
  return startProgram(main, args);
}

it("waits, accepts, and shows the match to both", async () => {
  const { url } = await started();
  const ann = client("--name", "ann", "--mode", "solo", "--url", url);
  await ann.prints(/You wait for Solo in Europe\. Ctrl-C leaves\.\nNobody else is here yet\.\n/);
  const bob = client("--name", "bob", "--mode", "solo", "--url", `${url}/`);
  const ends = await Promise.all([ann.ended, bob.ended]);
  for (const { code, out, err } of ends) {
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/A match is found: against \w+ \(1500\)\. You accept\.\n/);
    expect(out).toMatch(/2 of 2 have accepted\.\n/);
    expect(out).toMatch(/Quality 100 %: very even\n$/);
  }
  expect(ends[0].out).toMatch(/Your side {3}ann \(1500, you\)\n/);
  expect(ends[0].out).toMatch(/Other side {2}bob \(1500\)\n/);
  const [one, other] = ends.map(({ out }) => /Your match, (\S+):\n/.exec(out)?.[1]);
  expect(one).toBe(other);
});

it("leaves on Ctrl-C, which everybody between the terminal and the program hears, too", async () => {
  const table = await serve({ GRACE_MS: "60000" });
  const eve = await sit(table, "Eve");
  await eve.call("board", { region: "eu" });
  const args = ["--name", "ann", "--mode", "blitz", "--url", table.url];
  // As people type it: npm, a shell and tsx are in between.
  const ann = spawned("npm", ["run", "--silent", "--prefix", root, "client", "--", ...args]);
  await ann.prints(/You wait/);
  expect((await eve.hears("board")).pools.blitz.waiting).toBe(1);
  signalled(ann.child, "SIGINT");
  const { out } = await ann.ended;
  expect(out).toMatch(/You have left\.\n$/);
  expect((await eve.hears("board")).pools.blitz.waiting).toBe(0);
});

it("keeps its place over a lost connection, and joins again where the place is gone", async () => {
  // Not one of those that any program may be given while nobody listens there.
  const [port] = await freePorts(1);
  const { url, program } = await started(String(port));
  const ann = client("--name", "ann", "--mode", "classic", "--url", url);
  await ann.prints(/You wait/);
  signalled(program.child, "SIGKILL");
  await ann.prints(/The connection is lost; connecting again…\n/);
  await program.ended;
  await started(String(port));
  await ann.prints(/Your place is gone; joining again\.\nYou wait for Classic/);
  const bob = client("--name", "bob", "--mode", "classic", "--url", url);
  expect((await Promise.all([ann.ended, bob.ended])).map(({ code }) => code)).toEqual([0, 0]);
});

it("says who is out of a ready check, and that their place is kept", async () => {
  const table = await serve();
  const ann = client("--name", "ann", "--mode", "solo", "--url", table.url);
  await ann.prints(/You wait/);
  const bob = await sit(table, "Bob");
  await bob.call("join", { queue: "solo", region: "eu" });
  const { match } = await bob.hears("ready_check");
  await bob.call("decline", { matchId: match.matchId });
  await ann.prints(/Somebody declined: you keep your place\.\n/);
  onTestFinished(() => signalled(ann.child, "SIGKILL"));
  const cid = await sit(table, "Cid");
  await cid.call("join", { queue: "solo", region: "eu" });
  await cid.call("accept", { matchId: (await cid.hears("ready_check")).match.matchId });
  expect((await ann.ended).code).toBe(0);
});

it("shows the first round of a bracket", async () => {
  const table = await serve({ FILL_MS: "100" });
  const ann = client("--name", "ann", "--mode", "tournament", "--url", table.url);
  await ann.prints(/1 of 8 players are here for a bracket\.\n/);
  for (let count = 1; count < 8; count++) {
    const tab = await sit(table, `Bot ${count}`, 1500 + count);
    tab.socket.on("ready_check", ({ match }) => void tab.call("accept", { matchId: match.matchId }));
    await tab.call("join", { queue: "tournament", region: "eu" });
  }
  const { code, out } = await ann.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/ 1 Bot 7 \(1507\) {2}– {3}8 ann \(1500, you\)\n/);
  expect(out).toMatch(/You are seed 8, and meet Bot 7 \(1507\) first\.\n$/);
});

it("says what is wrong with what was typed, and where no server is", async () => {
  const wrong: readonly (readonly [args: readonly string[], text: string])[] = [
    [["--mode", "blitz"], "--name is missing"],
    [["--name", "ann"], "--mode is missing"],
    [["--name", "ann", "--mode", "chess"], "--mode: is one of classic, solo, duo, blitz, tournament"],
    [["--name", "_", "--mode", "blitz"], "--name: a name has 1 to 24 letters"],
    [["--name", "ann", "--mode", "blitz", "--url", "ftp://host"], "--url: is http://host:port"],
    [["--name", "ann", "--mode", "blitz", "--speed", "9"], "--speed"],
  ];
  for (const [args, text] of wrong) expect(() => optionsFrom(args), text).toThrow(text);
  const typed = await startProgram(main, wrong[0]![0]).ended;
  expect([typed.code, typed.err]).toEqual([1, `${wrong[0]![1]}\n\n${usage}\n`]);
  const nowhere = await startProgram(main, [
    "--name",
    "ann",
    "--mode",
    "blitz",
    "--url",
    "http://127.0.0.1:1",
  ]).ended;
  expect([nowhere.code, nowhere.err]).toEqual([
    1,
    "No server of this game answers at http://127.0.0.1:1. Start one with npm start, or name another with --url.\n",
  ]);
});
