/** A process that is a member of a group: says what it gets, and finishes it unless it is told to hang. */
import { redisEventBus } from "../../src/index.js";

const [url = "", prefix = "", group = "", mode = ""] = process.argv.slice(2);
const bus = redisEventBus(url, { prefix, leaseMs: 500 });
await bus.subscribe(
  async (events) => {
    process.send?.({ began: events.map(({ seq }) => seq) });
    if (mode === "hangs") await new Promise(() => {});
    process.send?.({ finished: events.map(({ seq }) => seq) });
  },
  { group },
);
process.send?.({ ready: true });
