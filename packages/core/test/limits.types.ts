/** Compiled by `npm run check`, never run: a queue asks for what its strategy and its limits read. */
import {
  blockList,
  defineLimit,
  defineStrategy,
  differentAttribute,
  latency,
  Matchmaker,
  OneVsOne,
  overlap,
  recentOpponents,
  sameAttribute,
} from "@evenmatch/core";

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

// The limits of the library ask for what they read, by the name and type that they were given, and for nothing else.
const strategy = new OneVsOne({ maxRatingGap: 100 });
const limited = new Matchmaker({
  queues: {
    recent: { strategy, limits: [recentOpponents({ count: 3, withinMs: 60_000 })] },
    recentNamed: { strategy, limits: [recentOpponents({ attribute: "met" })] },
    blocked: { strategy, limits: [blockList()] },
    blockedNamed: { strategy, limits: [blockList({ attribute: "avoids" })] },
    same: { strategy, limits: [sameAttribute("mode")] },
    sameNumber: { strategy, limits: [sameAttribute("version", "number")] },
    different: { strategy, limits: [differentAttribute("club")] },
    differentBoolean: { strategy, limits: [differentAttribute("hosts", "boolean")] },
    topics: { strategy, limits: [overlap({ attribute: "topics", atLeast: 2, among: "all" })] },
    days: { strategy, limits: [overlap({ attribute: "days", type: "number[]" })] },
    latency: { strategy, limits: [latency({ maxMs: 80 })] },
    latencyNamed: { strategy, limits: [latency({ maxMs: 80, attribute: "ping" })] },
    three: { strategy, limits: [blockList(), sameAttribute("mode"), latency({ maxMs: 80 })] },
  },
});

void limited.join("recent", { players: [{ ...ann, attributes: { recentOpponents: { bob: 5 } } }] });
void limited.join("recentNamed", { players: [{ ...ann, attributes: { met: {} } }] });
void limited.join("blocked", { players: [{ ...ann, attributes: { blockList: [] } }] });
void limited.join("blockedNamed", { players: [{ ...ann, attributes: { avoids: ["bob"] } }] });
void limited.join("same", { players: [{ ...ann, attributes: { mode: "rapid" } }] });
void limited.join("sameNumber", { players: [{ ...ann, attributes: { version: 7 } }] });
void limited.join("different", { players: [{ ...ann, attributes: { club: "north", more: true } }] });
void limited.join("differentBoolean", { players: [{ ...ann, attributes: { hosts: true } }] });
void limited.join("topics", { players: [{ ...ann, attributes: { topics: ["art"] } }] });
void limited.join("days", { players: [{ ...ann, attributes: { days: [1, 2] } }] });
void limited.join("latency", { players: [{ ...ann, attributes: { latency: { eu: 20 } } }] });
void limited.join("latencyNamed", { players: [{ ...ann, attributes: { ping: { eu: 20 } } }] });
void limited.join("three", {
  players: [{ ...ann, attributes: { blockList: [], mode: "rapid", latency: { eu: 20 } } }],
});

// @ts-expect-error opponents come with the instants at which they played
void limited.join("recent", { players: [{ ...ann, attributes: { recentOpponents: ["bob"] } }] });
// @ts-expect-error nothing is known of whom they met
void limited.join("recent", { players: [ann] });
// @ts-expect-error the attribute has a name of its own
void limited.join("recentNamed", { players: [{ ...ann, attributes: { recentOpponents: {} } }] });
// @ts-expect-error no list of blocked players
void limited.join("blocked", { players: [ann] });
// @ts-expect-error ids of players are texts
void limited.join("blocked", { players: [{ ...ann, attributes: { blockList: [7] } }] });
// @ts-expect-error the attribute has a name of its own
void limited.join("blockedNamed", { players: [{ ...ann, attributes: { blockList: [] } }] });
// @ts-expect-error the mode is missing
void limited.join("same", { players: [ann] });
// @ts-expect-error a text when no type is said
void limited.join("same", { players: [{ ...ann, attributes: { mode: 7 } }] });
// @ts-expect-error a number where it is said
void limited.join("sameNumber", { players: [{ ...ann, attributes: { version: "7" } }] });
// @ts-expect-error the club is missing
void limited.join("different", { players: [{ ...ann, attributes: { mode: "rapid" } }] });
// @ts-expect-error a boolean where it is said
void limited.join("differentBoolean", { players: [{ ...ann, attributes: { hosts: "yes" } }] });
// @ts-expect-error a list of topics is asked for
void limited.join("topics", { players: [{ ...ann, attributes: { topics: "art" } }] });
// @ts-expect-error a list of numbers where it is said
void limited.join("days", { players: [{ ...ann, attributes: { days: ["monday"] } }] });
// @ts-expect-error latencies by region
void limited.join("latency", { players: [{ ...ann, attributes: { latency: 20 } }] });
// @ts-expect-error the attribute has a name of its own
void limited.join("latencyNamed", { players: [{ ...ann, attributes: { latency: { eu: 20 } } }] });
// @ts-expect-error one of three is missing
void limited.join("three", { players: [{ ...ann, attributes: { blockList: [], mode: "rapid" } }] });

// @ts-expect-error a limit on latency has a maximum
latency();
// @ts-expect-error an overlap has an attribute
overlap({ atLeast: 2 });
// @ts-expect-error lists are not compared as one value
sameAttribute("topics", "string[]");
// @ts-expect-error an option that does not exist
recentOpponents({ within: 5 });

// A defined strategy may ask what the limits of its queue permit, or take no notice of the question.
defineStrategy({
  propose: (tickets, now, limits) => {
    const opensAt: number = limits.opensAt(tickets);
    return limits.permits(tickets) && opensAt <= now ? [] : [];
  },
  nextChange: (tickets, now, limits) => Math.max(now + 1, limits.opensAt(tickets)),
});
