import type { ConsumerLike } from "./driver.js";

/**
 * Watches a consumer from before it runs, and gives what has it leave its group and disconnect when that is safe.
 *
 * kafkajs has a loop of fetches for each broker. When it hears of another set of brokers it waits until all loops have
 * ended, and begins new ones. A consumer that is stopped in between has forgotten to look: its new loops turn for ever, from
 * promise to promise, and nothing else in the process runs any more. A loop that is just beginning a fetch shows that this
 * is not the moment, as it has seen to it that the brokers are those of before. Where there is one broker, nothing is waited
 * for in between.
 */
export function leavingOf(consumer: ConsumerLike): () => Promise<void> {
  const nodes = new Set<unknown>();
  let isOver = false;
  let leave: (() => void) | undefined;
  let leaving: Promise<void> | undefined;
  const goOn = (): void => {
    isOver ||= leave !== undefined;
    leave?.();
    leave = undefined;
  };
  consumer.on("consumer.fetch_start", ({ payload }) => {
    nodes.add(payload.nodeId);
    // Loops that begin together begin one after the other in one go, and one that has not begun cannot be stopped.
    queueMicrotask(goOn);
  });
  consumer.on("consumer.crash", () => {
    isOver = true;
    goOn();
  });
  return () => {
    if (isOver || nodes.size < 2) return consumer.disconnect();
    return (leaving ??= new Promise((resolve, reject) => {
      leave = () => void consumer.disconnect().then(resolve, reject);
    }));
  };
}
