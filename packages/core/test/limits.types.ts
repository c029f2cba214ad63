/** Compiled by `npm run check`, never run: a queue asks for what its strategy and its limits read. */
import { defineLimit, defineStrategy, Matchmaker, OneVsOne } from "@evenmatch/core";

const sameLanguage = defineLimit({
  rule: "sameLanguage",
  attributes: { language: "string" },
  between: (one, other) => one.attributes.language === other.attributes.language,
});

const ping = defineLimit({
  rule: "ping",
  attributes: { ping: "number" },
  among: (players) => players.every(({ attributes: { ping } }) => ping < 100),
});

defineLimit({
  rule: "unnamed",
  // @ts-expect-error an attribute that the limit did not name may be missing
  between: (one) => one.attributes.language === "en",
});

// @ts-expect-error a limit has a name
defineLimit({ between: () => true });

const roles = defineStrategy({ attributes: { role: "string" }, propose: () => [] });

const matchmaker = new Matchmaker({
  queues: {
    one: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [sameLanguage] },
    both: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [sameLanguage, ping] },
    roles: { strategy: roles, limits: [ping] },
    none: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [] },
  },
});

const ann = { id: "ann", rating: 1 };
void matchmaker.join("none", { players: [ann] });
void matchmaker.join("one", { players: [{ ...ann, attributes: { language: "en" } }] });
void matchmaker.join("one", { players: [{ ...ann, attributes: { language: "en", more: 1 } }] });
void matchmaker.join("both", { players: [{ ...ann, attributes: { language: "en", ping: 20 } }] });
void matchmaker.join("roles", { players: [{ ...ann, attributes: { role: "tank", ping: 20 } }] });

// @ts-expect-error a ticket without the attribute that the limit reads
void matchmaker.join("one", { players: [ann] });
// @ts-expect-error an attribute of another type
void matchmaker.join("one", { players: [{ ...ann, attributes: { language: 7 } }] });
// @ts-expect-error what the second limit reads is missing
void matchmaker.join("both", { players: [{ ...ann, attributes: { language: "en" } }] });
// @ts-expect-error what the first limit reads is missing
void matchmaker.join("both", { players: [{ ...ann, attributes: { ping: 20 } }] });
// @ts-expect-error what the strategy reads is missing
void matchmaker.join("roles", { players: [{ ...ann, attributes: { ping: 20 } }] });
// @ts-expect-error what the limit reads is missing
void matchmaker.join("roles", { players: [{ ...ann, attributes: { role: "tank" } }] });
