import { expect, it, vi } from "vitest";
import { added, judgePromises } from "../population/promises.js";
import { matchViewOf } from "../src/news.js";
import { populate } from "./populate.js";
import { serve } from "./table.js";

// More than a run takes whose evening is cut short, and whose players take as long as they may to go home.
vi.setConfig({ testTimeout: 720_000 });

/** What players do and what becomes of it, by the counts of their own: the evening goes on until each was there. */
const kinds = [
  "left",
  "drops",
  "absent",
  "declines",
  "silent",
  "unanswered",
  "released",
  "classic",
  "solo",
  "duo",
  "blitz",
  "tournament",
];

it("plays 300 players from two processes, and the history holds", async () => {
  const until = ["matches=150", ...kinds.map((kind) => `${kind}=1`)].flatMap((goal) => ["--until", goal]);
  const run = ["--players", "300", "--seconds", "6", "--seed", "7", "--json"];
  const { code, out, err } = await populate([...run, ...until]);
  const result = JSON.parse(out) as Record<string, number | boolean>;
  expect([code, err]).toEqual([0, ""]);
  expect(result).toMatchObject({
    ok: true,
    seed: 7,
    processes: 2,
    regions: 6,
    lost: 0,
    doubled: 0,
    violations: 0,
    failures: 0,
  });
  for (const what of ["tickets", "matched", ...kinds]) expect(result[what], what).toBeGreaterThan(0);
});

it("judges estimates by how often their p90 held, where enough were made", () => {
  const few = { promised: 99, percent: null, pools: 0, worst: null, ok: true };
  expect(judgePromises({})).toEqual({ ...few, promised: 0 });
  expect(judgePromises({ "classic eu": { made: 99, held: 0 } })).toEqual(few);
  const shares = [790, 800, 905, 970, 980];
  const judged = shares.map((held) => judgePromises({ "classic eu": { made: 1_000, held } }).ok);
  expect(judged).toEqual([false, true, true, true, false]);
});

it("judges estimates pool by pool: one that promises too much is not hidden by others that hold", () => {
  const held = { made: 1_000, held: 900 };
  const promises = {
    "classic eu": held,
    "blitz eu": { made: 100, held: 70 },
    "duo eu": { made: 99, held: 0 },
  };
  const worst = { percent: 80.9, pools: 2, worst: "blitz eu 70 %", ok: false };
  expect(judgePromises(promises)).toMatchObject(worst);
  const together = added([promises, { "blitz eu": { made: 100, held: 100 } }]);
  expect(together["blitz eu"]).toEqual({ made: 200, held: 170 });
  expect(judgePromises({ "classic eu": held, "blitz eu": { made: 200, held: 170 } })).toMatchObject({
    ok: true,
  });
  // Of few it is chance, of many it is not.
  expect(judgePromises({ "classic eu": held, "blitz asia": { made: 105, held: 103 } }).ok).toBe(true);
  expect(judgePromises({ "classic eu": held, "blitz asia": { made: 1_050, held: 1_030 } }).ok).toBe(false);
});

it("finds a server out that tells a wrong opponent", async () => {
  const server = await serve(
    { EVENMATCH_DUMP: "1", ALLOW_RATING: "1", SIGN_INS_PER_MINUTE: "0", GRACE_MS: "500" },
    (match) => {
      const view = matchViewOf(match);
      const [first, second] = view.teams;
      return view.queue === "classic"
        ? { ...view, teams: [first!, second!.map((ticket) => ({ ...ticket, players: first![0]!.players }))] }
        : view;
    },
  );
  const run = ["--url", server.url, "--players", "60", "--seconds", "3", "--json"];
  const { code, err } = await populate([...run, "--until", "classic=5"]);
  expect(code).toBe(1);
  expect(err).toContain("All who are told of a match are told the same teams");
});

it("refuses a server that does not show what it holds", async () => {
  const { url } = await serve();
  const { code, err } = await populate(["--url", url, "--players", "20", "--seconds", "3"]);
  expect(code).toBe(1);
  expect(err).toContain("EVENMATCH_DUMP=1");
});

it("refuses options that it does not know or cannot mean", async () => {
  for (const args of [
    ["--player", "7"],
    ["--players", "many"],
    ["--processes", "1"],
    ["--until", "matches"],
    ["--until", "goals=3"],
  ]) {
    const { code, err } = await populate(args);
    expect([code, err.includes("npm run population")]).toEqual([1, true]);
  }
});
