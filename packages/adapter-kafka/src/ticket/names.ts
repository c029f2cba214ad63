import { answersTopic, logTopic, PREFIX, requestsTopic } from "../topic/names.js";

/** The names of everything that a store has on Kafka. */
export class Names {
  constructor(readonly prefix: string) {}

  /** The topic of a queue's requests. */
  requests(queue: string): string {
    return requestsTopic(this.prefix, queue);
  }

  /** The topic of a queue's decisions. */
  log(queue: string): string {
    return logTopic(this.prefix, queue);
  }

  /** The topic of the answers to whoever asked. */
  get answers(): string {
    return answersTopic(this.prefix);
  }

  /** The group of those who run a queue. */
  workers(queue: string): string {
    return this.prefix === PREFIX ? `${queue}-workers` : `${this.prefix}.${queue}-workers`;
  }

  /** The group of one process that hears its answers. */
  asker(id: string): string {
    return `${this.prefix}-answers-${id}`;
  }

  /** The transactional id that fences the owners of a partition. */
  transactions(queue: string, partition: number): string {
    return `${this.prefix}.${queue}.${partition}`;
  }
}
