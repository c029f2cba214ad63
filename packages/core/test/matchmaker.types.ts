/** Compiled by `npm run check`, never run: what must compile does, and what must not has an expected error. */
import {
  defineStrategy,
  Fifo,
  Matchmaker,
  OneVsOne,
  type Match,
  type PlayerWith,
  type Strategy,
} from "@evenmatch/core";

const roles = defineStrategy({
  attributes: { role: "string", maps: "string[]" },
  propose: (tickets) => {
    const role: string | undefined = tickets[0]?.players[0]?.attributes.role;
    const maps: readonly string[] | undefined = tickets[0]?.players[0]?.attributes.maps;
    // @ts-expect-error an attribute that the strategy did not name may be anything, or missing
    const level: number = tickets[0]?.players[0]?.attributes["level"];
    return role && maps && level ? [] : [];
  },
});

const matchmaker = new Matchmaker({
  queues: {
    classic: new OneVsOne({ maxRatingGap: 100 }),
    roles,
    waves: { strategy: roles, waveMs: 1_000 },
    fifo: { strategy: new Fifo(), allocator: (match: Match) => ({ host: match.id }) },
  },
});

void matchmaker.join("classic", { players: [{ id: "ann", rating: 1 }] });
void matchmaker.join("classic", { players: [{ id: "ann", rating: 1, attributes: { anything: "goes" } }] });
void matchmaker.join("roles", {
  players: [{ id: "ann", rating: 1, attributes: { role: "tank", maps: ["a"] } }],
});
void matchmaker.join("roles", {
  players: [{ id: "ann", rating: 1, attributes: { role: "tank", maps: [], more: 1 } }],
});

// @ts-expect-error a queue that is not there
void matchmaker.join("clasic", { players: [{ id: "ann", rating: 1 }] });
// @ts-expect-error a player without a rating
void matchmaker.join("classic", { players: [{ id: "ann" }] });
// @ts-expect-error a ticket without the attributes that the strategy reads
void matchmaker.join("roles", { players: [{ id: "ann", rating: 1 }] });
// @ts-expect-error an attribute of another type
void matchmaker.join("roles", { players: [{ id: "ann", rating: 1, attributes: { role: 7, maps: [] } }] });
// @ts-expect-error the same for a queue with settings
void matchmaker.find("waves", { players: [{ id: "ann", rating: 1, attributes: { role: "tank" } }] });
// @ts-expect-error a queue that is not there
void matchmaker.ticketOf("ann", { queue: "x" });
// @ts-expect-error a queue that is not there
void matchmaker.matches({ queue: "x" });

const match: Promise<Match<PlayerWith<{ role: "string"; maps: "string[]" }>>> = matchmaker.find("roles", {
  players: [{ id: "ann", rating: 1, attributes: { role: "tank", maps: [] } }],
});
void match.then(({ teams }) => teams[0]?.[0]?.players[0]?.attributes.role.length);

const remove: () => void = matchmaker.on("match", ({ teams }) => teams.length);
remove();
matchmaker.on("pass", ({ data, pool }) => [data.proposals.length, pool.queue]);
matchmaker.on("error", ({ data, pool }) => [data.error.code, pool?.queue]);
// @ts-expect-error an event that is not there
matchmaker.on("matched", () => {});

export const plain: Strategy = new Fifo();
// @ts-expect-error a strategy says when to be asked again
export const silent: Strategy = { propose: () => [] };
