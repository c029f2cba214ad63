import { withAdmin } from "../connection/admin.js";
import type { KafkaLike } from "../connection/driver.js";
import type { ConnectionSettings } from "../connection/options.js";
import type { Names } from "./names.js";

/**
 * Whether anybody runs a queue, as far as the brokers know. A look takes a connection, and those who ask in vain ask often,
 * above all while nobody answers: those of a queue who ask at once are told by one look.
 */
export class Attendance {
  readonly #looks = new Map<string, Promise<boolean>>();

  constructor(
    private readonly kafka: KafkaLike,
    private readonly names: Names,
    private readonly settings: ConnectionSettings,
  ) {}

  /** True also where that cannot be found out. */
  isRun(queue: string): Promise<boolean> {
    const known = this.#looks.get(queue);
    if (known) return known;
    const look = this.#look(queue).finally(() => this.#looks.delete(queue));
    this.#looks.set(queue, look);
    return look;
  }

  async #look(queue: string): Promise<boolean> {
    try {
      const { groups } = await withAdmin(this.kafka, this.settings, (admin) =>
        admin.describeGroups([this.names.workers(queue)]),
      );
      return groups.some(({ members }) => members.length > 0);
    } catch {
      // Who cannot be asked may be there.
      return true;
    }
  }
}
