import type { Kafka } from "kafkajs";
import { expectTypeOf, it } from "vitest";
import type { KafkaLike } from "../src/connection/driver.js";

it("takes what the driver makes", () => {
  expectTypeOf<Kafka>().toExtend<KafkaLike>();
});
