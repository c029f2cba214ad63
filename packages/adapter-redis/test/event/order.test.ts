import type { BusEvent, PoolKey } from "@evenmatch/core";
import { sharedRedis } from "@evenmatch/services/vitest";
import { event, events, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { describe, expect, it } from "vitest";
import { EventsSubject, until } from "./subject.js";

describe("events on Redis", () => {
  it.each([1, 3])(
    "of eight publishers come once and in the order of each pool, over %i streams",
    async (streams) => {
      await using subject = new EventsSubject(sharedRedis());
      const everyone = [
        await subject.listen(subject.bus({ streams })),
        await subject.listen(subject.bus({ streams })),
      ];
      const shared: BusEvent[] = [];
      for (let members = 0; members < 2; members++)
        await subject.listen(subject.bus({ streams }), {
          group: "g",
          handle: (batch) => void shared.push(...batch),
        });
      const pools = numbers(0, 8).map((index): PoolKey => ({ queue: "duel", region: `r${index}` }));
      await Promise.all(
        pools.map(async (pool) => {
          const bus = subject.bus({ streams });
          for (let round = 0; round < 50; round++)
            await bus.publish(events(4 * round, 4 * round + 4, pool), {});
        }),
      );
      await until(() => everyone.every(({ heard }) => heard.length >= 1_600) && shared.length >= 1_600);
      for (const { region } of pools) {
        const of = (heard: readonly BusEvent[]) => seqs(heard.filter(({ pool }) => pool?.region === region));
        for (const { heard } of everyone) expect(of(heard)).toEqual(numbers(0, 200));
        expect(of(shared)).toEqual(numbers(0, 200));
      }
    },
  );

  it.each(["at-least-once", "at-most-once"] as const)(
    "published without waiting keep the order of the calls, %s",
    async (delivery) => {
      await using subject = new EventsSubject(sharedRedis());
      const bus = subject.bus({ delivery });
      const { heard } = await subject.listen(subject.bus({ delivery }));
      await Promise.all(numbers(0, 300).map((seq) => bus.publish([event(seq)], {})));
      await until(() => heard.length >= 300);
      expect(seqs(heard)).toEqual(numbers(0, 300));
    },
  );
});
