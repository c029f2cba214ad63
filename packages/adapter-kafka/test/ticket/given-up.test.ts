import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it } from "vitest";
import { aTicket, join, NOON, World } from "../faults/world.js";
import { tampered } from "./tampered.js";

it("sends nothing any more for those who have given up", async () => {
  await using world = await World.open(sharedKafka());
  const { kafka, does } = tampered(kafkaClient(sharedKafka()));
  const store = world.store({ askAgainMs: 100 }, kafka);
  await store.submit([join(aTicket())], { now: NOON });
  // Brokers do not answer for a while.
  let goOn = (): void => {};
  const frozen = new Promise<void>((resolve) => (goOn = resolve));
  const givingUp = new AbortController();
  does.send = async (work) => {
    givingUp.abort();
    await frozen;
    return work();
  };
  const tickets = Array.from({ length: 20 }, () => aTicket());
  const { signal } = givingUp;
  const asked = await Promise.allSettled(
    tickets.map((one) => store.submit([join(one)], { now: NOON, signal })),
  );
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  let late = 0;
  does.send = (work, { topicMessages = [] }) => {
    const texts = topicMessages.flatMap(({ messages }) => messages.map(({ value }) => String(value)));
    for (const { id } of tickets) for (const text of texts) late += text.split(`"${id}"`).length - 1;
    return work();
  };
  goOn();
  await store.submit([join(aTicket())], { now: NOON });
  expect(late).toBe(0);
});
