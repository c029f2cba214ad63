import type { Decision, DecisionOutcome, OwnerEvent } from "@evenmatch/core";
import { expect, it } from "vitest";
import { join, match, NOW, request, restored, stage, ticket, type Stage } from "./stage.js";

const [a, b, c] = ["a", "b", "c"].map((name) => ticket(name)) as [
  ReturnType<typeof ticket>,
  ReturnType<typeof ticket>,
  ReturnType<typeof ticket>,
];
const ab = match("ab", [a, b]);
const settled: readonly Decision[] = [
  { type: "claim", match: ab },
  { type: "settle", matchId: ab.id },
];

/** A worker that has a pool, in which `c` waits. */
async function owning(play: Stage) {
  const worker = play.worker();
  play.partition.ask([0, join(c)]);
  await play.replyTo(0);
  return worker;
}

/** Decides on a and b as soon as it hears of both, as a matchmaker does. */
function matching({ owner, heard }: Awaited<ReturnType<typeof owning>>): {
  readonly decided: Promise<unknown>[];
} {
  const decided: Promise<unknown>[] = [];
  const push = heard.push.bind(heard);
  heard.push = (...events: OwnerEvent[]) => {
    const count = push(...events);
    if (decided.length === 0 && joinedIn(heard).includes(b.id)) {
      const { lease } = events[0]!;
      decided.push(owner.decide(lease, settled, NOW).catch((error: unknown) => error));
    }
    return count;
  };
  return { decided };
}

function changesIn(heard: readonly OwnerEvent[]) {
  return heard.flatMap((event) => (event.type === "changed" ? event.changes : []));
}

function joinedIn(heard: readonly OwnerEvent[]): string[] {
  return changesIn(heard).flatMap(({ change }) => (change.type === "joined" ? [change.ticket.id] : []));
}

it("takes joins and the match that comes of them into one transaction", async () => {
  const play = stage();
  const { partition } = play;
  const worker = await owning(play);
  const { decided } = matching(worker);
  const { commits } = partition;
  partition.ask([1, join(a)], [2, join(b)]);
  await play.replyTo(2);
  expect(await decided[0]).toMatchObject([{ type: "claimed" }, { type: "settled" }]);
  expect(partition.commits).toBe(commits + 1);
  const seqs = changesIn(worker.heard).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index));
});

it("has made no match of joins whose transaction fails, and takes them up again", async () => {
  const play = stage();
  const { partition } = play;
  const worker = await owning(play);
  const { decided } = matching(worker);
  partition.fates.push("fails");
  partition.ask([1, join(a)], [2, join(b)]);
  await play.replyTo(2);
  expect(await decided[0]).toMatchObject({ code: "LEASE_LOST" });
  const [first, second] = worker.leases();
  expect(first!.lost.aborted).toBe(true);
  expect(second!.lost.aborted).toBe(false);
  const pool = [...restored(partition).pools.values()][0]!;
  expect(pool.waiting().map(({ ticket: { id } }) => id)).toEqual([c.id, a.id, b.id]);
  expect(pool.pending()).toEqual([]);
});

it("tells its matchmaker nothing early while somebody else may have taken over", async () => {
  const play = stage();
  const { partition } = play;
  const worker = await owning(play);
  partition.isSure = false;
  partition.fates.push("hangs");
  partition.ask([1, join(a)]);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  expect(joinedIn(worker.heard)).toEqual([c.id]);
  await play.replyTo(1);
});

it("tells nobody that a ticket has left before that is committed", async () => {
  const play = stage();
  const { partition } = play;
  const worker = await owning(play);
  partition.fates.push("hangs");
  const leave = request({ type: "leave", ticketId: c.id });
  partition.ask([1, join(a)], [2, leave], [3, join(b)]);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  expect(changesIn(worker.heard).map(({ change }) => change.type)).toEqual(["joined", "joined"]);
  expect(joinedIn(worker.heard)).toEqual([c.id, a.id]);
  await play.replyTo(3);
});

it("lets a match that is only delivered wait for company, but not for long", async () => {
  const play = stage();
  const { partition } = play;
  const { owner, leases } = await owning(play);
  partition.ask([1, join(a)], [2, join(b)]);
  await play.replyTo(2);
  const decide = (...decisions: Decision[]): Promise<DecisionOutcome[]> =>
    owner.decide(leases()[0]!, decisions, NOW);
  const claimed = decide(...settled);
  await play.until("the claim", () => restored(partition).pools.get("duel.eu")?.pending().length);
  await claimed;
  const { commits } = partition;
  let isOver = false;
  const delivered = decide({ type: "deliver", matchId: ab.id }).finally(() => (isOver = true));
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  expect(isOver).toBe(false);
  partition.ask([3, request({ type: "leave", ticketId: c.id })]);
  await play.replyTo(3);
  expect(await delivered).toMatchObject([{ type: "delivered" }]);
  expect(partition.commits).toBe(commits + 1);
  const again = decide({ type: "deliver", matchId: ab.id });
  await play.until("the second", () => partition.commits > commits + 1);
  expect(await again).toMatchObject([{ type: "delivered" }]);
});
