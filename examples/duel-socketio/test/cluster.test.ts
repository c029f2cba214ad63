import { expect, it, onTestFinished, vi } from "vitest";
import { Cluster } from "../cluster/cluster.js";
import { judgeSharing } from "../population/sharing.js";
import { grounds, kafka } from "./grounds.js";
import { open, signIn } from "./table.js";

/** How long a test may take, and whatever one waits for in it. */
const TEST_MS = 300_000;

vi.setConfig({ testTimeout: TEST_MS });

const CLASSIC = { queue: "classic", region: "eu" } as const;

it.each([...grounds, kafka])(
  "lets a player whose process is killed find their place and their match at the other, on $name",
  async (ground) => {
    const { env } = await ground.fresh();
    const died: string[] = [];
    const cluster = await Cluster.start({
      place: env,
      apis: 2,
      workers: 2,
      env: { BOTS: "0", GRACE_MS: "60000" },
      watch: { said: () => {}, died: ({ name }, how) => void died.push(`${name} ${how}`) },
    });
    onTestFinished(() => cluster.close());
    const [one, other] = cluster.urls.map((url) => ({ url }));
    const sit = async (server: { readonly url: string }, name: string) => {
      const { token, player } = await signIn(server, name);
      return open(server, token, player);
    };
    const [ann, bob] = [await sit(one!, "Ann"), await sit(other!, "Bob")];
    const joined = await ann.call("join", CLASSIC);
    const cut = new Promise((gone) => ann.socket.once("disconnect", gone));
    expect([cluster.kill("api1"), cluster.kill("worker1"), cluster.kill("worker2")]).toEqual([
      true,
      true,
      true,
    ]);
    await cut;
    const back = await open(other!, ann.token, ann.player);
    const place = { ticket: joined.ok && { ticketId: joined.ticket.ticketId } };
    // On Kafka a worker looks it up, and until one is back the answer is that nobody knows.
    await expect.poll(() => back.call("status", {}), { timeout: TEST_MS }).toMatchObject({ status: place });
    await bob.call("join", CLASSIC);
    const match = await back.hears("match_found");
    expect(await bob.hears("match_found")).toEqual(match);
    await cluster.ready();
    expect(died.sort()).toEqual(["api1 SIGKILL", "worker1 SIGKILL", "worker2 SIGKILL"]);
    // Each process takes the tokens of the others, and knows what they have made.
    const again = await open(one!, ann.token, ann.player);
    expect(await again.call("status", {})).toMatchObject({ status: { ticket: null, lastMatch: match } });
  },
);

it("judges the shares of workers, and of matches across processes", () => {
  const matchesOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      matchId: `m${index}`,
      state: "delivered" as const,
      teams: [[`t${index}`], [`u${index}`]],
    }));
  const judged = (count: number, { first, across }: { readonly first: number; readonly across: number }) => {
    const matches = matchesOf(count);
    const workers = matches.map(
      ({ matchId }, index) => [matchId, index < first ? "worker1" : "worker2"] as const,
    );
    const seats = matches.flatMap(({ teams }, index) => {
      const [one, other] = teams.flat() as [string, string];
      return [
        [one, [0]],
        [other, [index < across ? 1 : 0]],
      ] as const;
    });
    return judgeSharing({ tickets: [], matches }, new Map(workers), new Map(seats));
  };
  const missed = (...shape: Parameters<typeof judged>) =>
    judged(...shape).goals.flatMap(({ what, least, so }) => (so < least ? `${so} ${what}` : []));

  expect(judged(100, { first: 15, across: 30 })).toMatchObject({
    workers: { worker1: 15, worker2: 85 },
    crossingPercent: 30,
    known: 100,
    problems: [],
  });
  expect(missed(100, { first: 15, across: 30 })).toEqual([]);
  expect(missed(99, { first: 14, across: 0 })).toEqual([
    "14 matches of the worker with the fewest",
    "99 matches of players whose places are known",
  ]);
  expect(judged(99, { first: 14, across: 0 }).problems).toEqual([]);
  expect(judged(100, { first: 100, across: 30 }).problems).toEqual(["Matches were made by worker1 alone."]);
  expect(missed(100, { first: 100, across: 30 })).toEqual(["0 matches of the worker with the fewest"]);
  expect(judged(100, { first: 50, across: 29 }).problems).toEqual([
    "29 % of the matches join players of different processes, not 30 %.",
  ]);
  // After so many it is judged, and no longer waited for.
  expect(missed(300, { first: 14, across: 100 })).toEqual([]);
  expect(judged(300, { first: 14, across: 100 }).problems).toEqual([
    "worker1 made 4.7 % of the matches, not 5 %.",
  ]);
  expect(judged(300, { first: 15, across: 100 }).problems).toEqual([]);
});
