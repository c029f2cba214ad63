import { Matchmaker, OneVsOne } from "@evenmatch/core";

/** Two players join, the event tells of their match, and the matchmaker closes: who met, in order of their ids. */
export async function formMatch(): Promise<string> {
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
  const ids = await met;
  await matchmaker.close();
  return ids;
}
