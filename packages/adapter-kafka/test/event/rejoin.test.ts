import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { event, events, seqs } from "@evenmatch/services/vitest/adapter";
import { expect, it } from "vitest";
import { changed } from "../clients.js";
import { EventsSubject, until } from "./subject.js";

// Of several brokers one may say in a fetch that it leads no more, while a handler has what another one gave: the driver
// joins again at once.
it("a subscriber whose driver joins again while its handler runs hears everything once", async () => {
  await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
  let rejoin = (): void => {};
  const rejoining = changed(kafkaClient(sharedKafka()), {
    consumer: (consumer) => {
      const on = (name: never, listener: (joined: unknown) => void): unknown =>
        consumer.on(name, (joined: unknown) => {
          if (name === "consumer.group_join") rejoin = () => listener(joined);
          listener(joined);
        });
      return { on: on as typeof consumer.on };
    },
  });
  const told: string[] = [];
  const bus = subject.bus({ onError: ({ code }) => told.push(code) }, rejoining);
  const { heard } = await subject.listen(bus, {
    handle: (batch) => (seqs(batch).includes(1) ? rejoin() : undefined),
  });
  await bus.publish(events(0, 3), {});
  await until(() => heard.length >= 3);
  await bus.publish([event(3)], {});
  await until(() => seqs(heard).includes(3));
  expect([seqs(heard), told]).toEqual([[0, 1, 2, 3], []]);
});
