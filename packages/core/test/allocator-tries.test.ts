import { Fifo, MemoryTicketStore, type AllocatorSettings, type Match } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

type Settings = Omit<AllocatorSettings, "allocate">;

const refuses = (): never => {
  throw new Error("no capacity");
};
const isSilent = (): Promise<never> => new Promise(() => {});

/** When the allocator was asked about the first match, and when that was released; both from the claim on. */
async function triesOf(
  answer: () => never | Promise<never>,
  settings?: Settings,
): Promise<{ tries: number[]; released: number | undefined; message: string | undefined }> {
  const clock = new ManualClock();
  const claimedAt = clock.now();
  const asked: { id: string; at: number }[] = [];
  const allocate = ({ id }: Match): never | Promise<never> => {
    asked.push({ id, at: clock.now() - claimedAt });
    return answer();
  };
  const allocator = settings ? { ...settings, allocate } : allocate;
  const { matchmaker } = await world({ queues: { duel: { strategy: new Fifo(), allocator } }, clock });
  let released: number | undefined;
  let message: string | undefined;
  matchmaker.on("ticket.released", ({ at }) => (released ??= at - claimedAt));
  matchmaker.on("error", ({ data }) => (message ??= data.error.message));
  for (const id of ["ann", "bob"]) await matchmaker.join("duel", solo(id));
  await clock.advance(10_000);
  // Who is released is matched again, and asked for again.
  const tries = asked.filter(({ id }) => id === asked[0]?.id).map(({ at }) => at);
  return { tries, released, message };
}

describe("an allocator that refuses", () => {
  it.each<[string, Settings | undefined, number[], number]>([
    ["without retries", { retries: 0, retryDelayMs: 100 }, [0], 100],
    ["with one", { retries: 1, retryDelayMs: 100 }, [0, 100], 300],
    ["with three", { retries: 3, retryDelayMs: 100 }, [0, 100, 300, 700], 1_500],
    ["with settings that say nothing of them, and so with two", {}, [0, 250, 750], 1_750],
    ["as a function, and so with two", undefined, [0, 250, 750], 1_750],
  ])("%s, is asked so often, each time after twice the wait", async (_how, settings, tries, released) => {
    const message = expect.stringContaining(`at the latest at try ${tries.length};`) as string;
    expect(await triesOf(refuses, settings)).toEqual({ tries, released, message });
  });

  it("does not keep tickets alive beyond their time", async () => {
    const settings = { allocate: refuses, retryDelayMs: 100 };
    const queues = { duel: { strategy: new Fifo(), allocator: settings, ticketTtlMs: 2_000 } };
    const { matchmaker, clock } = await world({ queues });
    const expired = heard(matchmaker, "ticket.expired");
    for (const id of ["ann", "bob"]) await matchmaker.join("duel", solo(id));
    await clock.advance(10_000);
    expect(expired.map(({ ticket }) => ticket.players[0]?.id)).toEqual(["ann", "bob"]);
  });

  it("by its silence is asked again when the time of a try is up", async () => {
    const settings = { timeoutMs: 500, retryDelayMs: 100 };
    expect(await triesOf(isSilent, settings)).toMatchObject({ tries: [0, 600, 1_300], released: 2_200 });
  });

  it("by its silence has 5 s for each try where nothing else is said", async () => {
    expect((await triesOf(isSilent)).tries).toEqual([0, 5_250]);
  });
});

describe("an allocator that is still asked", () => {
  const hanging = (given: AbortSignal[]) => ({
    duel: {
      strategy: new Fifo(),
      allocator: (_match: Match, { signal }: { signal: AbortSignal }) => {
        given.push(signal);
        return isSilent();
      },
    },
  });

  it("is told to stop when its matchmaker closes, and the next owner of the pool asks anew", async () => {
    const clock = new ManualClock();
    const tickets = new MemoryTicketStore({ clock });
    const [before, after]: [AbortSignal[], AbortSignal[]] = [[], []];
    const first = await world({ queues: hanging(before), tickets, clock }, { seed: 1 });
    for (const id of ["ann", "bob"]) await first.matchmaker.join("duel", solo(id));
    await clock.settle();
    expect(before.map(({ aborted }) => aborted)).toEqual([false]);
    const closed = first.matchmaker.close();
    await clock.settle();
    expect(before.map(({ aborted }) => aborted)).toEqual([true]);
    await closed;
    expect(first.problems).toEqual([]);
    await world({ queues: hanging(after), tickets, clock }, { seed: 2 });
    await clock.settle();
    expect(after.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it("is told to stop when the pool has another owner", async () => {
    const clock = new ManualClock();
    const tickets = new MemoryTicketStore({ clock });
    const given: AbortSignal[] = [];
    const { matchmaker, problems } = await world({ queues: hanging(given), tickets, clock });
    let fence = 0n;
    matchmaker.on("pool.gained", ({ data }) => (fence = data.fence));
    for (const id of ["ann", "bob"]) await matchmaker.join("duel", solo(id));
    await clock.settle();
    tickets.endLease({
      pool: { queue: "duel", region: "global" },
      fence,
      lost: new AbortController().signal,
    });
    await clock.settle();
    expect(given.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(problems).toEqual([]);
  });
});
