/** A process that is a member of a group: says what it gets, and finishes it unless it is told to hang. */
import { kafkaClient } from "@evenmatch/services";
import { kafkaEventBus } from "../../src/index.js";

const [brokers = "", topic = "", group = "", mode = ""] = process.argv.slice(2);
const bus = kafkaEventBus(kafkaClient({ brokers: brokers.split(",") }), { topic });
await bus.subscribe(
  async (events) => {
    process.send?.({ began: events.map(({ seq }) => seq) });
    if (mode === "hangs") await new Promise(() => {});
    process.send?.({ finished: events.map(({ seq }) => seq) });
  },
  { group },
);
process.send?.({ ready: true });
