import { describe, expect, it, onTestFinished } from "vitest";
import { configFrom } from "../src/config.js";
import type { DuelServer } from "../src/server.js";
import { openStores } from "../src/shared/open.js";
import type { Messages } from "../src/shared/messages.js";
import type { SharedStores } from "../src/shared/stores.js";
import { now } from "../src/time.js";
import { grounds, type FreshGround } from "./grounds.js";
import { again, open, serveWith, sit, type Tab } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;
const SOLO = { queue: "solo", region: "na" } as const;

type Several = readonly [one: DuelServer, other: DuelServer];
type Env = Readonly<Record<string, string>>;

/** Opens what a process shares with the others, as its environment says. */
async function storesOf(env: Env): Promise<SharedStores> {
  return (await openStores(configFrom(env)))!;
}

async function serveOne(
  env: Env,
  disturb: (stores: SharedStores) => SharedStores = (stores) => stores,
): Promise<DuelServer> {
  return serveWith(env, disturb(await storesOf(env)));
}

/** Hears of a party until it is as it should be: what it was on the way there may be told or not. */
async function hearsParty(tab: Tab, ...names: readonly string[]): Promise<void> {
  for (;;) {
    const told = (await tab.hears("party"))?.players.map(({ name }) => name) ?? [];
    if (told.join() === names.join()) return;
  }
}

interface Adapter {
  serverSideEmit(packet: unknown[]): void;
}

/** What this process says to the others is on its way for a while. */
function delayed(messages: Messages, until: Promise<void>): Messages {
  const make = messages.adapter as (namespace: unknown) => Adapter;
  // Socket.IO calls it with `new`.
  function adapter(namespace: unknown): Adapter {
    const made = make(namespace);
    const say = made.serverSideEmit.bind(made);
    made.serverSideEmit = (packet) => void until.then(() => say(packet));
    return made;
  }
  return { ...messages, adapter: adapter as unknown as Messages["adapter"] };
}

/** Holds the answers of a call back: from when it is told to until it is released. */
function held() {
  let isHolding = false;
  let count = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  return {
    hold() {
      isHolding = true;
      // Before the server closes that waits for the answers: what is to be done last is named first.
      onTestFinished(release);
    },
    /** So many answers at least are held back. */
    holds: (answers: number) => expect.poll(() => count).toBeGreaterThanOrEqual(answers),
    release,
    after<Name extends string>(
      target: Record<Name, (...args: never[]) => Promise<unknown>>,
      name: Name,
    ): void {
      const call = target[name].bind(target);
      target[name] = async (...args) => {
        const answer = await call(...args);
        if (!isHolding) return answer;
        count++;
        await released;
        return answer;
      };
    },
  };
}

describe.each(grounds)("on $name", (ground) => {
  /** Two servers that keep everything together, talk to players and run pools. */
  async function severalOn(env: Env = {}): Promise<{ fresh: FreshGround; servers: Several }> {
    const fresh = await ground.fresh();
    const serving = ["one", "other"].map((name) => serveOne({ ...fresh.env, PROCESS_NAME: name, ...env }));
    return { fresh, servers: (await Promise.all(serving)) as unknown as Several };
  }

  async function several(env?: Env): Promise<Several> {
    return (await severalOn(env)).servers;
  }

  describe("a match", () => {
    it("is told to players of different processes, each once", async () => {
      const [one, other] = await several();
      const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
      const tab = await again(other, ann);
      await ann.call("join", CLASSIC);
      await bob.call("join", CLASSIC);
      const match = await ann.hears("match_found");
      expect(await bob.hears("match_found")).toEqual(match);
      expect(await tab.hears("match_found")).toEqual(match);
      for (const each of [ann, bob, tab]) {
        expect(await each.call("status", {})).toMatchObject({ status: { ticket: null, lastMatch: match } });
        expect(each.told("match_found")).toEqual([]);
      }
    });

    it("that is made while a player changes to another process is found there", async () => {
      const [one, other] = await several({ GRACE_MS: "60000" });
      const [ann, bob] = [await sit(one, "Ann"), await sit(one, "Bob")];
      await ann.call("join", CLASSIC);
      await ann.cut();
      await bob.call("join", CLASSIC);
      const match = await bob.hears("match_found");
      const back = await again(other, ann);
      expect(await back.call("status", {})).toMatchObject({ status: { ticket: null, lastMatch: match } });
    });

    it("is told at the process that a player has changed to", async () => {
      const [one, other] = await several({ GRACE_MS: "60000" });
      const [ann, bob] = [await sit(one, "Ann"), await sit(one, "Bob")];
      const joined = await ann.call("join", CLASSIC);
      await ann.cut();
      const back = await again(other, ann);
      expect(await back.call("status", {})).toMatchObject({
        status: { player: ann.player, ticket: joined.ok && { ticketId: joined.ticket.ticketId } },
      });
      await bob.call("join", CLASSIC);
      expect(await back.hears("match_found")).toEqual(await bob.hears("match_found"));
    });

    it("is in the history of its players at every process, page by page", async () => {
      const [one, other] = await several({ JOINS_PER_MINUTE: "0" });
      const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
      const played: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        for (const tab of [ann, bob]) await tab.call("join", CLASSIC);
        played.unshift(await ann.hears("match_found"));
        await bob.hears("match_found");
      }
      await expect.poll(() => bob.call("history", {})).toEqual({ ok: true, matches: played });
      const page = async (after = ""): Promise<{ matches: unknown[]; next: string }> => {
        const headers = { Authorization: `Bearer ${ann.token}` };
        const response = await fetch(`${other.url}/api/matches?limit=2${after}`, { headers });
        return (await response.json()) as { matches: unknown[]; next: string };
      };
      const { matches, next } = await page();
      const last = await page(`&after=${encodeURIComponent(next)}`);
      expect([...matches, ...last.matches]).toEqual(played);
      expect(last.next).toBeNull();
    });
  });

  describe("a ready check", () => {
    it("asks and is answered at different processes", async () => {
      const [one, other] = await several();
      const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
      await ann.call("join", SOLO);
      await bob.call("join", SOLO);
      const { matchId } = (await ann.hears("ready_check")).match;
      await bob.hears("ready_check");
      await ann.call("accept", { matchId });
      expect(await bob.hears("answered")).toEqual({ matchId, playerId: ann.player.id, accepted: true });
      const back = await again(other, ann);
      expect(await back.call("status", {})).toMatchObject({
        status: { readyCheck: { match: { matchId }, answers: { [ann.player.id]: true } } },
      });
      expect(await back.call("accept", { matchId })).toEqual({ ok: true, outcome: "already" });
      await bob.call("decline", { matchId });
      expect(await bob.hears("ended")).toMatchObject({ state: "left", reason: "declined" });
      expect(await ann.hears("released")).toMatchObject({ matchId, reason: "declined" });
      expect(await back.hears("released")).toMatchObject({ matchId });
      expect(await back.call("status", {})).toMatchObject({
        status: { readyCheck: null, ticket: { queue: "solo" } },
      });
      expect([...ann.told("ready_check"), ...bob.told("ready_check")]).toEqual([]);
    });
  });

  describe("a seat", () => {
    it("is one for all processes, however near to each other the joins come", async () => {
      const [one, other] = await several({ JOINS_PER_MINUTE: "0" });
      const ann = await sit(one, "Ann");
      const tab = await again(other, ann);
      for (let round = 0; round < 5; round++) {
        const codes = await Promise.all([ann.code("join", CLASSIC), tab.code("join", SOLO)]);
        expect(codes.filter((code) => code === "ok")).toHaveLength(1);
        expect(codes.find((code) => code !== "ok")).toMatch(/WAITING/);
        expect(await tab.code("leave", {})).toBe("ok");
      }
    });

    it("is free for the next join as soon as a leave is answered, wherever it was taken", async () => {
      const [one, other] = await several({ JOINS_PER_MINUTE: "0" });
      const ann = await sit(one, "Ann");
      const tab = await again(other, ann);
      for (let round = 0; round < 5; round++) {
        expect(await ann.call("join", CLASSIC)).toMatchObject({ ok: true });
        expect(await tab.code("join", CLASSIC)).toBe("ALREADY_WAITING");
        expect(await tab.code("join", SOLO)).toBe("WAITING_ELSEWHERE");
        expect(await tab.call("leave", {})).toMatchObject({ ok: true, outcome: "left" });
      }
    });

    it("that another process has taken is not taken again by one that knew the player to be free", async () => {
      const [one, other] = await several();
      const [ann, bob] = [await sit(one, "Ann"), await sit(one, "Bob")];
      const tab = await again(other, ann);
      for (const each of [ann, bob]) await each.call("join", CLASSIC);
      for (const each of [ann, bob, tab]) await each.hears("match_found");
      expect(await tab.code("join", SOLO)).toBe("ok");
      expect(await ann.code("join", CLASSIC)).toBe("WAITING_ELSEWHERE");
      expect(await tab.code("leave", {})).toBe("ok");
      expect(await ann.code("join", CLASSIC)).toBe("ok");
      expect(await tab.code("join", SOLO)).toBe("WAITING_ELSEWHERE");
    });

    it("is told of to whoever comes while its join is under way", async () => {
      const { fresh } = await severalOn();
      let release = (): void => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      let isTaken = false;
      const late = await serveOne(fresh.env, (stores) => {
        const { seats } = stores;
        const ticketed = seats.ticketed.bind(seats);
        seats.ticketed = async (row, ticketId) => {
          isTaken = true;
          await released;
          await ticketed(row, ticketId);
        };
        return stores;
      });
      const ann = await sit(late, "Ann");
      const joining = ann.call("join", CLASSIC);
      await expect.poll(() => isTaken).toBe(true);
      const tab = await again(late, ann);
      const status = tab.call("status", {});
      // Whatever was asked after it is answered, so it has been looked at by now.
      await tab.call("board", { region: "eu" });
      release();
      const joined = await joining;
      expect(joined.ok).toBe(true);
      expect(await status).toMatchObject({
        status: { ticket: joined.ok && { ticketId: joined.ticket.ticketId } },
      });
    });

    it("whose ticket has ended is free, although its join was not answered here yet", async () => {
      const { servers, fresh } = await severalOn({ GRACE_MS: "60000" });
      const [one] = servers;
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => (answer = resolve));
      let isAsked = false;
      const late = await serveOne(fresh.env, (stores) => {
        const { tickets } = stores.ports;
        const submit = tickets.submit.bind(tickets);
        tickets.submit = async (requests, options) => {
          const outcomes = await submit(requests, options);
          if (isAsked || !requests.some(({ type }) => type === "join")) return outcomes;
          isAsked = true;
          await answered;
          return outcomes;
        };
        return stores;
      });
      const stores = await storesOf(fresh.env);
      onTestFinished(() => stores.close());
      const { token, player } = await one.signIn("Ann");
      const row = { ...CLASSIC, requestId: "promised", ticketId: null, players: [player], openedAt: now() };
      await stores.seats.take(row, []);
      const tab = await open(late, token, player);
      await expect.poll(() => isAsked).toBe(true);
      const ann = await open(one, token, player);
      await ann.hears("joined");
      expect(await ann.code("leave", {})).toBe("ok");
      let isOver = false;
      const joining = tab.code("join", CLASSIC).finally(() => (isOver = true));
      const requestNow = async () => (await stores.seats.of([player.id])).get(player.id)!.requestId;
      await expect.poll(async () => isOver || (await requestNow()) !== "promised").toBe(true);
      answer();
      expect(await joining).toBe("ok");
      expect(await ann.code("join", CLASSIC)).toBe("ALREADY_WAITING");
      expect(await tab.code("leave", {})).toBe("ok");
    });

    it("whose match was told before its join was answered is free, although its row was read before that", async () => {
      const { servers, fresh } = await severalOn();
      const [joins, looks] = [held(), held()];
      const late = await serveOne(fresh.env, (stores) => {
        const { seats, ports } = stores;
        joins.after(ports.tickets, "submit");
        looks.after(seats, "of");
        return stores;
      });
      const [ann, bob] = [await sit(late, "Ann"), await sit(servers[1], "Bob")];
      joins.hold();
      const joining = ann.code("join", CLASSIC);
      await joins.holds(1);
      expect(await bob.code("join", CLASSIC)).toBe("ok");
      await ann.hears("match_found");
      looks.hold();
      const status = ann.call("status", {});
      await looks.holds(1);
      joins.release();
      expect(await joining).toBe("ok");
      const next = ann.code("join", CLASSIC);
      await looks.holds(2);
      looks.release();
      expect(await status).toMatchObject({ status: { ticket: null } });
      expect(await next).toBe("ok");
    });

    it("whose join was answered stays, although its row was read before that", async () => {
      const { fresh } = await severalOn();
      const [joins, looks] = [held(), held()];
      const late = await serveOne(fresh.env, (stores) => {
        joins.after(stores.ports.tickets, "submit");
        looks.after(stores.seats, "of");
        return stores;
      });
      const ann = await sit(late, "Ann");
      joins.hold();
      const joining = ann.call("join", CLASSIC);
      await joins.holds(1);
      looks.hold();
      const status = ann.call("status", {});
      await looks.holds(1);
      joins.release();
      const joined = await joining;
      looks.release();
      expect(await status).toMatchObject({
        status: { ticket: joined.ok && { ticketId: joined.ticket.ticketId } },
      });
      // A seat that was taken for another one would be closed, joined for again and told of again.
      expect(ann.told("joined")).toHaveLength(1);
    });

    it("whose whole life another process has missed is free there, too", async () => {
      const { servers, fresh } = await severalOn();
      const stores = await storesOf(fresh.env);
      onTestFinished(() => stores.close());
      const looks = held();
      const late = await serveOne(fresh.env, (own) => {
        looks.after(own.seats, "of");
        return own;
      });
      const ann = await sit(late, "Ann");
      const row = {
        ...CLASSIC,
        requestId: "promised",
        ticketId: null,
        players: [ann.player],
        openedAt: now(),
      };
      await stores.seats.take(row, []);
      looks.hold();
      const status = ann.call("status", {});
      await looks.holds(1);
      const tab = await again(servers[0], ann);
      await tab.hears("joined");
      expect(await tab.code("leave", {})).toBe("ok");
      looks.release();
      const joining = ann.code("join", CLASSIC);
      expect(await status).toMatchObject({ status: { ticket: null } });
      expect(await joining).toBe("ok");
    });

    it("shows in every tab of its player, at any process", async () => {
      const [one, other] = await several();
      const ann = await sit(one, "Ann");
      const tab = await again(other, ann);
      await ann.call("join", CLASSIC);
      expect(await tab.hears("joined")).toMatchObject({ queue: "classic" });
      await ann.call("leave", {});
      expect(await tab.hears("ended")).toMatchObject({ state: "left" });
    });

    it("whose process died before the join was answered is finished where its player comes next", async () => {
      const { servers, fresh } = await severalOn({ GRACE_MS: "60000" });
      const [one, other] = servers;
      const stores = await storesOf(fresh.env);
      onTestFinished(() => stores.close());
      const { token, player } = await one.signIn("Ann");
      const row = { ...CLASSIC, requestId: "promised", ticketId: null, players: [player], openedAt: now() };
      expect(await stores.seats.take(row, [])).toBe(true);
      const [ann, tab] = await Promise.all([open(one, token, player), open(other, token, player)]);
      const ids = [await ann.hears("joined"), await tab.hears("joined")].map(({ ticketId }) => ticketId);
      expect(ids[0]).toBe(ids[1]);
      const bob = await sit(other, "Bob");
      await bob.call("join", CLASSIC);
      const match = await bob.hears("match_found");
      expect(match.teams.flat().map(({ ticketId }) => ticketId)).toContain(ids[0]);
      expect(await ann.hears("match_found")).toEqual(match);
    });
  });

  describe("a player", () => {
    it("who has lost the last connection anywhere gives the place up after the grace period", async () => {
      const [one, other] = await several({ GRACE_MS: "100" });
      const ann = await sit(one, "Ann");
      const tab = await again(other, ann);
      const joined = await ann.call("join", CLASSIC);
      await ann.cut();
      // Whoever is gone altogether shows that the grace period of the first connection has passed, too.
      const bob = await sit(one, "Bob", 1900);
      await bob.call("join", CLASSIC);
      const ended = new Promise<string>((resolve) =>
        one.matchmaker.on("ended", ({ ticket }) => resolve(ticket.players[0]!.id)),
      );
      await bob.cut();
      expect(await ended).toBe(bob.player.id);
      expect(await tab.call("status", {})).toMatchObject({
        status: { ticket: joined.ok && { ticketId: joined.ticket.ticketId } },
      });
      const left = new Promise<string>((resolve) =>
        other.matchmaker.on("ended", ({ ticket }) => resolve(ticket.players[0]!.id)),
      );
      await tab.cut();
      expect(await left).toBe(ann.player.id);
    });

    it("whose process was killed is gone after a while, and so is their party", async () => {
      const { servers, fresh } = await severalOn({ GRACE_MS: "100" });
      const [one, other] = servers;
      const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
      const made = await ann.call("createParty", {});
      await bob.call("joinParty", { code: made.ok ? made.party.code : "" });
      await hearsParty(bob, "Ann", "Bob");
      // A process that is not there any more, and had the only connection of its player.
      await ann.cut();
      await fresh.wasAtDeadProcess(ann.player.id);
      await hearsParty(bob);
      await expect.poll(() => fresh.noted()).toBe(1);
    });

    it("has one limit at all processes", async () => {
      const [one, other] = await several();
      const ann = await sit(one, "Ann");
      const tab = await again(other, ann);
      // All at once: a limit counts for ten seconds.
      const asking = Array.from({ length: 16 }, () => [
        ann.code("estimate", { region: "eu" }),
        tab.code("estimate", { region: "eu" }),
      ]);
      const codes = await Promise.all([...asking.flat(), tab.code("explain", {})]);
      expect(codes.filter((code) => code !== "RATE_LIMITED")).toHaveLength(30);
    });
  });

  describe("a party", () => {
    it("whose members are at different processes waits as one, plays on one side and ends with its leader", async () => {
      const [one, other] = await several({ GRACE_MS: "50", JOINS_PER_MINUTE: "0" });
      const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
      const made = await ann.call("createParty", {});
      const code = made.ok ? made.party.code : "";
      expect(await ann.code("createParty", {})).toBe("IN_A_PARTY");
      expect(await bob.call("joinParty", { code: code.toLowerCase() })).toMatchObject({ ok: true });
      await hearsParty(ann, "Ann", "Bob");
      expect(await bob.code("join", { queue: "duo", region: "eu", party: code })).toBe("NOT_THE_LEADER");
      expect(await (await sit(one, "Cid")).code("joinParty", { code })).toBe("PARTY_FULL");
      expect(await (await sit(one, "Cid")).code("joinParty", { code: "AAAAAA" })).toBe("NO_SUCH_PARTY");

      await ann.call("join", { queue: "duo", region: "eu", party: code });
      expect((await bob.hears("joined")).players.map(({ name }) => name)).toEqual(["Ann", "Bob"]);
      expect(await bob.code("join", CLASSIC)).toBe("WAITING_ELSEWHERE");
      await bob.call("leave", {});
      expect(await ann.hears("ended")).toMatchObject({ state: "left" });

      await ann.call("join", { queue: "duo", region: "eu", party: code });
      const others = [await sit(one, "Dee"), await sit(other, "Eve")];
      for (const tab of others) await tab.call("join", { queue: "duo", region: "eu" });
      const { match } = await bob.hears("ready_check");
      for (const tab of [ann, bob, ...others]) await tab.call("accept", { matchId: match.matchId });
      const { teams } = await bob.hears("match_found");
      const sides = teams.map((team) => team.flatMap(({ players }) => players.map(({ name }) => name)));
      expect(sides).toContainEqual(["Ann", "Bob"]);

      await ann.cut();
      await hearsParty(bob);
      expect(await bob.code("leaveParty", {})).toBe("NO_SUCH_PARTY");
    });

    it("is told as it is, although what one process says of it comes late", async () => {
      const { fresh, servers } = await severalOn();
      const [, other] = servers;
      let release = (): void => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const late = await serveOne(fresh.env, (stores) => ({
        ...stores,
        messages: () => delayed(stores.messages(), released),
      }));
      const [ann, bob] = [await sit(late, "Ann"), await sit(other, "Bob")];
      const tab = await again(other, ann);
      const made = await ann.call("createParty", {});
      await bob.call("joinParty", { code: made.ok ? made.party.code : "" });
      for (const each of [ann, bob, tab]) await hearsParty(each, "Ann", "Bob");
      release();
      // What was late has arrived when this has, which was said after it.
      const cid = await sit(late, "Cid");
      const there = await again(other, cid);
      await cid.call("createParty", {});
      await hearsParty(there, "Cid");
      for (const each of [ann, bob, tab]) {
        for (const told of each.told("party")) expect(told).toMatchObject({ players: [{}, {}] });
      }
    });
  });

  it("hears what it has missed of the others while it did not hear them", async () => {
    const { servers, fresh } = await severalOn();
    const [one, other] = servers;
    const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
    const made = await ann.call("createParty", {});
    await bob.call("joinParty", { code: made.ok ? made.party.code : "" });
    await hearsParty(bob, "Ann", "Bob");
    await fresh.deafens();
    await ann.call("leaveParty", {});
    await hearsParty(bob);
  });

  describe("the board", () => {
    it("shows at every process who waits at any", async () => {
      const [one, other] = await several();
      const [ann, bob] = [await sit(one, "Ann", 1500), await sit(other, "Bob", 1900)];
      await ann.call("join", CLASSIC);
      const eve = await sit(other, "Eve");
      expect(await eve.call("board", { region: "eu" })).toMatchObject({
        ok: true,
        board: { pools: { classic: { waiting: 1, ratings: [1500] }, blitz: { waiting: 0 } } },
      });
      await bob.call("join", CLASSIC);
      expect((await eve.hears("board")).pools.classic).toEqual({ waiting: 2, ratings: [1500, 1900] });
    });
  });
});
