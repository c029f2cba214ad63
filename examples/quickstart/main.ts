import { Matchmaker, OneVsOne, playersOf } from "@evenmatch/core";

const matchmaker = new Matchmaker({
  queues: { classic: new OneVsOne({ maxRatingGap: 100 }) },
});

matchmaker.on("match", (match) => {
  const names = playersOf(match).map(({ id, rating }) => `${id} (${rating})`);
  console.log(`${names.join(" plays ")}, quality ${match.quality.toFixed(2)}`);
});

await matchmaker.start();

const ratings = { ann: 1510, bob: 1820, cid: 1490, dee: 1790, eve: 1300 };
for (const [id, rating] of Object.entries(ratings)) {
  await matchmaker.join("classic", { region: "eu", players: [{ id, rating }] });
}

// Nobody is near enough to eve, until fay comes. To join and wait for the match is one call:
const match = await matchmaker.find("classic", { region: "eu", players: [{ id: "fay", rating: 1305 }] });
console.log(`fay plays in ${match.region}`);

await matchmaker.close();
