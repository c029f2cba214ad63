import { startRedis } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { event, events, numbers, once, seqs } from "@evenmatch/services/vitest/adapter";
import { expect } from "vitest";
import { EventsSubject, insist, until } from "../event/subject.js";
import { fault, refused } from "./row.js";

fault("the log of events is a key of somebody else's, of another type", async (row) => {
  await using subject = new EventsSubject(sharedRedis());
  const bus = subject.bus();
  await subject.admin.set(subject.log(), "somebody else's");
  await refused(row, {
    publish: () => bus.publish([event(0)], {}),
    subscribe: () => bus.subscribe(() => {}, {}),
    join: () => bus.subscribe(() => {}, { group: "g" }),
  });
  expect(await subject.admin.get(subject.log())).toBe("somebody else's");
  await subject.admin.del(subject.log());
  await bus.publish([event(0)], {});
});

fault("processes have their events in different numbers of streams", async (row) => {
  await using subject = new EventsSubject(sharedRedis());
  await subject.bus({ streams: 2 }).publish([event(0)], {});
  const other = subject.bus({ streams: 3 });
  await refused(row, {
    publish: () => other.publish([event(1)], {}),
    subscribe: () => other.subscribe(() => {}, {}),
  });
  await subject.admin.del(`{${subject.prefix}:events:0}:streams`);
  await other.publish([event(1)], {});
});

fault("an entry among the events cannot be read", async (row) => {
  await using subject = new EventsSubject(sharedRedis());
  const told: unknown[] = [];
  const bus = subject.bus({ onError: ({ code, retryable }) => told.push([code, retryable]) });
  const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
  await subject.admin.xadd(subject.log(), "*", "e", '{"v":9}');
  await subject.admin.xadd(subject.log(), "*", "whatever", "else");
  await bus.publish([event(0)], {});
  await until(() => [one, member].every(({ heard }) => heard.length > 0));
  expect([seqs(one.heard), seqs(member.heard), told]).toEqual([[0], [0], [[row.code, row.retryable]]]);
  expect(await subject.admin.xlen(`{${subject.prefix}:events:0}:aside`)).toBe(2);
});

fault("a process or a group is further behind than the server keeps events", async (row) => {
  await using subject = new EventsSubject(sharedRedis());
  const bus = subject.bus({ maxLength: 100 });
  const away = await subject.listen(bus, { group: "g" });
  await bus.publish([event(0)], {});
  await until(() => away.heard.length > 0);
  await away.subscription.close();
  await bus.publish(events(1, 1_001), {});
  const { heard } = await subject.listen(bus, { group: "g" });
  await until(() => seqs(heard).includes(1_000));
  expect(heard[0]).toMatchObject({ type: "error", data: { error: { code: row.code } } });
  expect(seqs(heard).slice(1)).toEqual(numbers(seqs(heard)[1]!, 1_001));
});

fault("the server comes back without the events", async (row) => {
  await using server = await startRedis();
  await using subject = new EventsSubject(server);
  const bus = subject.bus();
  const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
  await server.restart({ how: "kill" });
  await until(() => [one, member].every(({ heard }) => heard.length > 0));
  for (const { heard } of [one, member])
    expect(heard).toMatchObject([{ type: "error", data: { error: { code: row.code } } }]);
  await insist(() => bus.publish([event(0)], {}));
  await until(() => [one, member].every(({ heard }) => seqs(heard).includes(0)));
});

fault("the server comes back without the newest events", async () => {
  await using server = await startRedis({ settings: { appendonly: true, appendfsync: "always" } });
  await using subject = new EventsSubject(server);
  const bus = subject.bus();
  const one = await subject.listen(bus);
  await bus.publish(events(0, 5), {});
  const after = await server.logSize();
  await bus.publish(events(5, 10), {});
  await until(() => one.heard.length === 10);
  await server.kill();
  await server.loseLog({ after });
  await server.start();
  await insist(() => bus.publish(events(10, 15), {}));
  await until(() => seqs(one.heard).includes(14));
  expect(once(seqs(one.heard))).toEqual(numbers(0, 15));
});
