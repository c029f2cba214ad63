import { EvenmatchError } from "@evenmatch/core";
import { Publisher, type PublisherOptions } from "@evenmatch/core/adapter";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

const settle = (): Promise<void> => new ManualClock().settle();

/** A publisher of texts whose server answers when it is told to, by name of what it was sent. */
function publisher(limits: Pick<PublisherOptions<string>, "most" | "largest"> = {}): {
  publish: (items: readonly string[], signal?: AbortSignal) => Promise<void>;
  idle: () => Promise<void>;
  /** What is under way or was, in order. */
  sent: string[];
  /** Answers what is under way. */
  answer: (error?: Error) => Promise<void>;
} {
  const sent: string[] = [];
  let reply: ((error: Error | undefined) => void) | undefined;
  const send = async (items: readonly string[]): Promise<void> => {
    expect(reply, "one at a time").toBeUndefined();
    sent.push(items.join(" "));
    await new Promise<void>((resolve, reject) => {
      reply = (error) => (error === undefined ? resolve() : reject(error));
    });
  };
  const made = new Publisher<string>({ send, sizeOf: ({ length }) => length, ...limits });
  return {
    publish: (items, signal) => made.publish(items, signal),
    idle: () => made.idle(),
    sent,
    answer: async (error) => {
      const answered = reply;
      reply = undefined;
      answered?.(error);
      await settle();
    },
  };
}

/** How a promise has ended so far. */
function watched(promise: Promise<void>): { state: unknown } {
  const watch: { state: unknown } = { state: "open" };
  promise.then(
    () => (watch.state = "sent"),
    (error: unknown) => (watch.state = error),
  );
  return watch;
}

const refusal = (retryable: boolean): EvenmatchError =>
  new EvenmatchError("STORE_UNAVAILABLE", { rule: "the server takes it", remedy: "See it.", retryable });

describe("a publisher", () => {
  it("sends what one turn of the event loop calls for together, and the rest as soon as it may, in order", async () => {
    const { publish, sent, answer } = publisher();
    const calls = [publish(["a1", "a2"]), publish(["b"])].map(watched);
    await settle();
    expect(sent).toEqual(["a1 a2 b"]);
    calls.push(...[publish(["c"]), publish([]), publish(["d"])].map(watched));
    await settle();
    expect(sent).toEqual(["a1 a2 b"]);
    expect(calls.map(({ state }) => state)).toEqual(["open", "open", "open", "sent", "open"]);
    await answer();
    expect(sent).toEqual(["a1 a2 b", "c d"]);
    expect(calls.map(({ state }) => state)).toEqual(["sent", "sent", "open", "sent", "open"]);
    await answer();
    expect(calls.map(({ state }) => state)).toEqual(Array(5).fill("sent"));
  });

  it.each([
    ["many", { most: 3 }, ["a a a", "b b", "c c c", "c c", "d"]],
    ["large", { largest: 3 }, ["a a a", "b b", "c c c", "c c", "d"]],
  ])(
    "sends no more at once than is allowed where they are too %s, and parts no call that fits",
    async (_, limits, all) => {
      const { publish, sent, answer } = publisher(limits);
      const calls = [["a", "a", "a"], ["b", "b"], ["c", "c", "c", "c", "c"], ["d"]].map((items) =>
        watched(publish(items)),
      );
      await settle();
      for (const _part of all) await answer();
      expect(sent).toEqual(all);
      expect(calls.map(({ state }) => state)).toEqual(Array(4).fill("sent"));
    },
  );

  it("sends alone what is too large for any", async () => {
    const { publish, sent, answer } = publisher({ largest: 3 });
    const call = watched(publish(["a", "large", "b", "c"]));
    await settle();
    for (let part = 0; part < 3; part++) await answer();
    expect(sent).toEqual(["a", "large", "b c"]);
    expect(call.state).toBe("sent");
  });

  it("looks for the one at fault where a server refuses for good", async () => {
    const { publish, sent, answer } = publisher();
    const calls = [publish(["a"]), publish(["b"]), publish(["c"])].map(watched);
    await settle();
    const error = refusal(false);
    await answer(error);
    await answer();
    await answer(error);
    await answer();
    expect(sent).toEqual(["a b c", "a", "b", "c"]);
    expect(calls.map(({ state }) => state)).toEqual(["sent", error, "sent"]);
  });

  it.each([
    ["a failure that may pass", refusal(true)],
    ["what nobody knows", new Error("oops")],
  ])("tells all of %s, and goes on", async (_, error) => {
    const { publish, sent, answer } = publisher();
    const calls = [publish(["a"]), publish(["b"])].map(watched);
    await settle();
    calls.push(watched(publish(["c"])));
    await answer(error);
    await answer();
    expect(sent).toEqual(["a b", "c"]);
    expect(calls.map(({ state }) => state)).toEqual([error, error, "sent"]);
  });

  it("does not send what was given up before it went out", async () => {
    const { publish, sent, answer } = publisher();
    const reason = new Error("enough");
    const given = new AbortController();
    const calls = [publish(["a"], given.signal)].map(watched);
    await settle();
    calls.push(...[publish(["b"], given.signal), publish(["c"])].map(watched));
    given.abort(reason);
    calls.push(watched(publish(["d"], given.signal)));
    await settle();
    expect(calls.map(({ state }) => state)).toEqual([reason, reason, "open", reason]);
    await answer();
    await answer();
    expect(sent).toEqual(["a", "c"]);
    expect(calls[2]?.state).toBe("sent");
  });

  it("is idle when all has gone out that was called for, also while it was waited for", async () => {
    const { publish, idle, answer } = publisher();
    await idle();
    const calls = [publish(["a"])].map(watched);
    const idleNow = watched(idle());
    await settle();
    calls.push(watched(publish(["b"])));
    await answer();
    expect(idleNow.state).toBe("open");
    await answer();
    expect(calls.map(({ state }) => state)).toEqual(["sent", "sent"]);
    expect(idleNow.state).toBe("sent");
  });
});
