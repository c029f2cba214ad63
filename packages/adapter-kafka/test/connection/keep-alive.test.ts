import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { keepAlive } from "../../src/connection/keep-alive.js";

/** Work that goes on until it is told to end, while heartbeats fail as they are told to. */
function working(failures: Record<number, Error>) {
  const clock = new ManualClock();
  let [beats, losses] = [0, 0];
  const heartbeat = (): Promise<void> => {
    const failure = failures[++beats];
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  let end = (): void => {};
  const done = keepAlive(
    { heartbeat },
    { clock, everyMs: 10, onLost: () => losses++ },
    () => new Promise<string>((resolve) => (end = () => resolve("done"))),
  );
  const pass = async (rounds: number): Promise<number[]> => {
    for (let round = 0; round < rounds; round++) {
      await clock.advance(10);
    }
    return [beats, losses];
  };
  return { pass, end: () => end(), done };
}

const rebalancing = Object.assign(new Error("rebalancing"), { type: "REBALANCE_IN_PROGRESS" });
const forgotten = Object.assign(new Error("who?"), { type: "UNKNOWN_MEMBER_ID" });

it("sends heartbeats while work goes on, and none behind it", async () => {
  const { pass, end, done } = working({});
  expect(await pass(3)).toEqual([3, 0]);
  end();
  expect(await done).toBe("done");
  expect(await pass(3)).toEqual([3, 0]);
});

it("goes on saying that it is there while the others wait for it, and tells of it once", async () => {
  const { pass, end, done } = working({ 2: rebalancing, 3: rebalancing });
  expect(await pass(5)).toEqual([5, 1]);
  end();
  await done;
});

it("goes on through a connection that is lost, which says nothing of its place in the group", async () => {
  const { pass, end, done } = working({ 2: new Error("Closed connection"), 3: new Error("read ECONNRESET") });
  expect(await pass(5)).toEqual([5, 0]);
  end();
  await done;
});

it("says nothing more to a group that has forgotten it", async () => {
  const { pass, end, done } = working({ 2: forgotten });
  expect(await pass(5)).toEqual([2, 1]);
  end();
  await done;
});
