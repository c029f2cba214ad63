import { EvenmatchError, Matchmaker, OneVsOne } from "@evenmatch/core";
import { leaseLost } from "@evenmatch/core/adapter";
import { ManualClock } from "@evenmatch/testkit";

async function main(): Promise<void> {
  const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: 100 }) } });
  const met = new Promise<string>((resolve) => {
    matchmaker.on("match", (match) => {
      const ids = match.teams.flatMap((team) => team.flatMap((ticket) => ticket.players.map(({ id }) => id)));
      resolve(ids.sort().join(" "));
    });
  });
  await matchmaker.start();
  await matchmaker.join("classic", { region: "eu", players: [{ id: "ann", rating: 1510 }] });
  await matchmaker.join("classic", { region: "eu", players: [{ id: "bob", rating: 1480 }] });
  console.log(`met: ${await met}`);
  await matchmaker.close();
}

// Both entry points know one and the same class, or an adapter's errors would not be the library's.
const error = leaseLost({
  pool: { queue: "classic", region: "eu" },
  fence: 1n,
  lost: new AbortController().signal,
});
if (!(error instanceof EvenmatchError)) throw new Error("the entry points do not share their classes");
if (!(new ManualClock() instanceof ManualClock)) throw new Error("@evenmatch/testkit is not whole");
void main();
