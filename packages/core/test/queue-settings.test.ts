import {
  blockList,
  defineLimit,
  defineStrategy,
  differentAttribute,
  Fifo,
  latency,
  Matchmaker,
  overlap,
  recentOpponents,
  sameAttribute,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES, world } from "./world.js";

/** What the error says must name the setting and the value that came. */
function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: "INVALID_OPTIONS", retryable: false });
    const { message, remedy } = error as { message: string; remedy: string };
    expect(remedy).toMatch(/^[A-Z].*\.$/);
    return message;
  }
  return "nothing was refused";
}

const queue = (settings: object): (() => unknown) => {
  return () => new Matchmaker({ queues: { duel: { strategy: new Fifo(), ...settings } } as never });
};

describe("a limit that nobody could meet is refused", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["a latency of 0", () => latency({ maxMs: 0 }), /maxMs .* above 0; received 0/],
    ["a latency below 0", () => latency({ maxMs: -1 }), /received -1/],
    ["no end of latency", () => latency({ maxMs: Infinity }), /finite.*Infinity/],
    ["no number", () => latency({ maxMs: Number.NaN }), /received "NaN"/],
    ["no latency at all", () => latency({} as never), /maxMs/],
    ["the last 0 opponents", () => recentOpponents({ count: 0 }), /count .* 1 or more; received 0/],
    ["half an opponent", () => recentOpponents({ count: 0.5 }), /received 0\.5/],
    ["no time", () => recentOpponents({ withinMs: 0 }), /withinMs .* 1 or more; received 0/],
    ["all time", () => recentOpponents({ withinMs: Infinity }), /withinMs/],
    ["a misspelt setting", () => recentOpponents({ within: 5 } as never), /no option of this name.*within/],
    ["nothing in common", () => overlap({ attribute: "topics", atLeast: 0 }), /atLeast .* 1 or more/],
    ["more than a list holds", () => overlap({ attribute: "topics", atLeast: 1_001 }), /1000; received 1001/],
    ["a part in common", () => overlap({ attribute: "topics", atLeast: 1.5 }), /atLeast/],
    [
      "an unknown reach",
      () => overlap({ attribute: "topics", among: "most" as never }),
      /pairs, all.*"most"/,
    ],
    [
      "texts as numbers",
      () => overlap({ attribute: "topics", type: "string" as never }),
      /number\[\].*"string"/,
    ],
    ["no attribute", () => overlap({} as never), /attribute of overlap/],
    ["an attribute without a name", () => sameAttribute(""), /attribute of sameAttribute/],
    ["a list to be the same", () => sameAttribute("mode", "string[]" as never), /type of sameAttribute/],
    ["a number for a name", () => differentAttribute(7 as never), /attribute of differentAttribute.*7/],
    ["a list's place for a list", () => blockList({ attribute: 7 as never }), /attribute of blockList/],
    ["options that are none", () => blockList("enemies" as never), /blockList is an object/],
    [
      "a bound that is none",
      () => defineLimit({ rule: "x", between: () => true, bound: "1" as never }),
      /bound/,
    ],
  ])("%s", (_what, make, message) => {
    expect(refusal(make)).toMatch(message);
  });
});

describe("limits that cannot stand side by side are refused", () => {
  const roles = defineStrategy({ attributes: { mode: "number" }, propose: () => [] });
  const anywhere = defineLimit({ rule: "home", among: () => true, region: () => "eu" });

  it.each<[string, object, RegExp]>([
    [
      "one twice",
      { limits: [blockList(), blockList()] },
      /limits of queue duel .* once; received "blockList"/,
    ],
    ["the same and different", { limits: [sameAttribute("mode"), differentAttribute("mode")] }, /cannot/],
    ["different and the same", { limits: [differentAttribute("mode"), sameAttribute("mode")] }, /cannot/],
    [
      "one attribute of two types",
      { limits: [sameAttribute("topics"), overlap({ attribute: "topics" })] },
      /"topics" as one type, not as string and string\[\]/,
    ],
    [
      "a type other than the strategy's",
      { strategy: roles, limits: [sameAttribute("mode")] },
      /"mode" as one type, not as number and string/,
    ],
    ["two that say where to play", { limits: [latency({ maxMs: 50 }), anywhere] }, /where to play.*home/],
    ["what is no limit", { limits: [{ rule: "x" }] }, /is a list of limits/],
    ["a limit that is no list", { limits: blockList() }, /is a list of limits/],
  ])("%s", (_what, settings, message) => {
    expect(refusal(queue(settings))).toMatch(message);
  });

  it("but all kinds together are not", () => {
    const limits = [
      blockList(),
      blockList({ attribute: "avoided" }),
      recentOpponents({ count: 3, withinMs: 1_000 }),
      sameAttribute("mode"),
      differentAttribute("club"),
      differentAttribute("country"),
      overlap({ attribute: "topics" }),
      overlap({ attribute: "days", type: "number[]", among: "all" }),
      latency({ maxMs: 80 }),
    ];
    expect(refusal(queue({ limits }))).toBe("nothing was refused");
    expect(refusal(queue({ limits: [] }))).toBe("nothing was refused");
  });
});

describe("settings of a queue that defeat each other are refused", () => {
  it.each<[string, object, RegExp]>([
    [
      "a wave after the ticket's end",
      { waveMs: 5_001, ticketTtlMs: 5_000 },
      /waveMs of queue duel .* 5000.*5001/,
    ],
    ["a heartbeat after it", { heartbeatMs: 6_000, ticketTtlMs: 5_000 }, /heartbeatMs of queue duel/],
    [
      "a ready check beyond it",
      { acceptance: { timeoutMs: 9_000 }, ticketTtlMs: 5_000 },
      /acceptance\.timeoutMs/,
    ],
    ["parties of no number", { strategy: { ...broken(), maxPartySize: Number.NaN } }, /maxPartySize/],
    ["sizes of parties that are no list", { strategy: { ...broken(), partySizes: 3 } }, /partySizes/],
    ["no sizes of parties", { strategy: { ...broken(), partySizes: [] } }, /partySizes/],
    ["a party of half a player", { strategy: { ...broken(), partySizes: [1, 0.5] } }, /partySizes/],
    ["parties of nobody", { strategy: { ...broken(), maxPartySize: 0 } }, /maxPartySize/],
    [
      "an attribute of no type",
      { strategy: { ...broken(), attributes: { role: "text" } } },
      /each of the attributes.*"text"/,
    ],
    ["attributes that are none", { strategy: { ...broken(), attributes: "role" } }, /each of the attributes/],
  ])("%s", (_what, settings, message) => {
    expect(refusal(queue(settings))).toMatch(message);
  });

  it("but waves longer than heartbeats are not: whoever sends them lives to see the wave", () => {
    expect(refusal(queue({ waveMs: 30_000, heartbeatMs: 10_000, ticketTtlMs: 30_000 }))).toBe(
      "nothing was refused",
    );
  });
});

/** A strategy as plain JavaScript may write it. */
function broken(): object {
  return { propose: () => [], nextChange: () => Infinity };
}

describe("what a matchmaker is given is checked when it is made", () => {
  const made = (given: object): (() => unknown) => {
    return () => new Matchmaker({ queues: { duel: new Fifo() }, ...given } as never);
  };

  it.each<[string, object, RegExp]>([
    ["a store that is none", { tickets: {} }, /tickets is an object with the method submit/],
    ["a store of nothing", { tickets: null }, /tickets/],
    ["a record of matches that is none", { matches: "postgres://" }, /matches .* method save/],
    ["a bus that only listens", { events: { subscribe: () => {} } }, /events .* method publish/],
    ["a function as a clock", { clock: () => 0 }, /clock .* method now/],
    ["a clock that does not wake", { clock: { now: () => 0 } }, /clock .* method at/],
    ["a number as chance", { random: 4 }, /random is a function; received 4/],
    ["one event that is no list", { announce: "pass" }, /announce/],
    ["an event that does not exist", { announce: ["match.setled"] }, /announce .*match\.setled/],
    ["an event of no name", { announce: [7] }, /announce/],
  ])("%s", (_what, given, message) => {
    expect(refusal(made(given))).toMatch(message);
  });

  it("but no event that there is is refused", () => {
    expect(refusal(made({ announce: Object.keys(EVENT_TYPES) }))).toBe("nothing was refused");
  });
});

describe("a join that a store or a bus could not hold is refused", () => {
  const join = async (player: object, options?: object): Promise<unknown> => {
    const { matchmaker } = await world({ queues: { duel: new Fifo() } });
    return matchmaker.join("duel", { players: [{ id: "ann", rating: 1, ...player }] }, options);
  };
  const long = "x".repeat(1_025);

  it.each<[string, object]>([
    ["65 attributes", Object.fromEntries(Array.from({ length: 65 }, (_, place) => [`a${place}`, 1]))],
    ["a list of 1,001", { a: new Array(1_001).fill(1) }],
    ["a list with a hole", { a: Object.assign([1, 2, 3], { length: 5 }) }],
    ["a record of 1,001", { a: Object.fromEntries(Array.from({ length: 1_001 }, (_, place) => [place, 1])) }],
    ["a long text", { a: long }],
    ["a long text in a list", { a: ["b", long] }],
    ["a long name in a record", { a: { [long]: 1 } }],
    ["a long name", { [long]: 1 }],
    ["NUL in a text", { a: "\0" }],
    ["half a pair in a list", { a: ["\ud83d"] }],
    ["half a pair in a name", { "\udfb2": 1 }],
  ])("%s", async (_what, attributes) => {
    await expect(join({ attributes })).rejects.toMatchObject({ code: "INVALID_ATTRIBUTE" });
  });

  it("but what is as large as can be is not", async () => {
    const text = "🎲".repeat(512);
    const record = Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [place, 1]));
    const large = { list: new Array<string>(1_000).fill(text), record, none: [] };
    const more = Object.fromEntries(Array.from({ length: 61 }, (_, place) => [`a${place}`, 1]));
    const attributes = { ...large, ...more };
    expect(await join({ attributes })).toMatchObject({ players: [{ attributes }] });
  });

  it.each(["\0", "ann\0", "\ud800", "a\udc00b"])("the player %j", async (id) => {
    await expect(join({ id })).rejects.toMatchObject({ code: "INVALID_PLAYERS" });
  });

  it.each(["\0", "\ud800"])("the request id %j", async (requestId) => {
    await expect(join({}, { requestId })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});
