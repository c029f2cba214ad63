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
  const matches = Array.from({ length: 40 }, (_, index) => ({
    matchId: `m${index}`,
    state: "delivered" as const,
    teams: [[`t${index}`], [`u${index}`]],
  }));
  const final = { tickets: [], matches };
  const share = (first: number) =>
    new Map(matches.map(({ matchId }, index) => [matchId, index < first ? "worker1" : "worker2"]));
  const seats = (across: number) =>
    new Map(
      matches.flatMap(({ teams }, index) => {
        const [one, other] = teams.flat() as [string, string];
        return [
          [one, [0]],
          [other, [index < across ? 1 : 0]],
        ] as const;
      }),
    );
  expect(judgeSharing(final, share(8), seats(12))).toEqual({
    workers: { worker1: 20, worker2: 80 },
    crossingPercent: 30,
    known: 40,
    problems: [],
  });
  expect(judgeSharing(final, share(4), seats(12)).problems).toEqual([
    "worker1 made 10 % of the matches, not 20 %.",
  ]);
  expect(judgeSharing(final, share(40), seats(12)).problems).toEqual(["Matches were made by worker1 alone."]);
  expect(judgeSharing(final, share(20), seats(8)).problems).toEqual([
    "20 % of the matches join players of different processes, not 30 %.",
  ]);
  const few = { ...final, matches: matches.slice(1) };
  expect(judgeSharing(few, share(4), seats(0)).problems).toEqual([]);
});
