import { startKafka, STEADY } from "@evenmatch/services";
import { afterAll } from "vitest";
import { describeOn } from "./contract.js";

let starting: ReturnType<typeof startKafka> | undefined;
afterAll(async () => (await starting)?.stop());
describeOn("the newest Kafka", 2, () => (starting ??= startKafka({ flavour: "newest", settings: STEADY })));
