import { sharedKafka } from "@evenmatch/services/vitest";
import { describeOn } from "./contract.js";

const server = sharedKafka();
describeOn(`Kafka ${server.version}`, 5, () => Promise.resolve(server));
