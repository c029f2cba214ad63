import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, vi } from "vitest";
import { aTicket, join, NOON, World } from "../faults/world.js";
import { tampered } from "./tampered.js";

it("reads its other partitions while one is taken over that nobody says the ends of", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false, partitions: 2 });
  const { kafka, does } = tampered(kafkaClient(sharedKafka()));
  const options = { regions: ["eu", "us"] };
  const offer = world.run(world.store(options, kafka), "duel");
  const api = world.store(options);
  const joined = (region: string) => api.submit([join(aTicket("duel", { region }))], { now: NOON });
  await Promise.all(["eu", "us"].map(joined));
  await vi.waitUntil(() => offer.lease("us"), { timeout: 20_000 });
  let isAsked = false;
  does.ends = () => {
    isAsked = true;
    return new Promise(() => {});
  };
  does.commit = (_, name) => {
    expect(name).toMatch(/\.0$/);
    does.commit = undefined;
    return Promise.reject(new Error("Closed connection"));
  };
  joined("eu").catch(() => {});
  await vi.waitUntil(() => isAsked, { timeout: 10_000 });
  await joined("us");
  does.ends = undefined;
});
