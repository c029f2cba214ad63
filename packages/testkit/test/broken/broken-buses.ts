import {
  MemoryEventBus,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type Delivery,
  type EventBus,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";
import { PubSubBus } from "../contract/pub-sub-bus.js";

function handles(wrong: (handler: BusHandler, options: SubscribeOptions) => BusHandler): new () => EventBus {
  return class extends MemoryEventBus {
    override subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
      return super.subscribe(wrong(handler, options), options);
    }
  };
}

/** Ends a subscription only when it has caught up with whoever publishes. */
function catchesUp(isMine: (group: string | undefined) => boolean): new () => EventBus {
  return class extends MemoryEventBus {
    #published = 0;
    readonly #handled = new Map<string | symbol, { count: number; wake: () => void }>();

    override async publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
      await super.publish(events, options);
      this.#published += events.length;
    }

    override async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
      if (!isMine(options.group)) return super.subscribe(handler, options);
      const key = options.group ?? Symbol("no group");
      const handled = this.#handled.get(key) ?? { count: this.#published, wake: () => {} };
      this.#handled.set(key, handled);
      const { close } = await super.subscribe(async (events) => {
        await handler(events);
        handled.count += events.length;
        handled.wake();
      }, options);
      let isClosed = false;
      return {
        close: async () => {
          while (!isClosed && handled.count < this.#published)
            await new Promise<void>((resolve) => (handled.wake = resolve));
          isClosed = true;
          await close();
        },
      };
    }
  };
}

/** A bus with one thing done wrong, and the one case that must find it. */
export interface BrokenBus {
  readonly caseId: string;
  readonly wrong: string;
  readonly make: new () => EventBus;
}

/** Of buses that deliver at least once, and have groups. */
export const brokenBuses: readonly BrokenBus[] = [
  {
    caseId: "order",
    wrong: "sorts what it delivers by pool and forgets their order",
    make: handles((handler) => (events) => {
      const regions = new Set(events.map(({ pool }) => pool?.region));
      return handler(regions.size === 2 ? events.toReversed() : events);
    }),
  },
  {
    caseId: "once",
    wrong: "delivers an event twice once it has delivered many",
    make: handles((handler) => {
      return async (events) => {
        await handler(events);
        if (events.some(({ seq }) => seq === 60)) await handler(events);
      };
    }),
  },
  {
    caseId: "equal",
    wrong: "sends events as plain JSON",
    make: class extends MemoryEventBus {
      override publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
        const text = JSON.stringify(events, (_key, value: unknown) =>
          typeof value === "bigint" ? value.toString() : value,
        );
        return super.publish(JSON.parse(text) as BusEvent[], options);
      }
    },
  },
  {
    caseId: "everyone",
    wrong: "delivers to two subscribers at most",
    make: class extends MemoryEventBus {
      #plain = 0;
      override subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        const isOne = options.group === undefined && ++this.#plain > 2;
        return super.subscribe(isOne ? () => {} : handler, options);
      }
    },
  },
  {
    caseId: "from-now-on",
    wrong: "begins with what was published last",
    make: class extends MemoryEventBus {
      #latest: readonly BusEvent[] = [];
      #hasHandlers = false;
      override publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
        if (!this.#hasHandlers && !options.signal?.aborted) this.#latest = events;
        return super.publish(events, options);
      }
      override async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        options.signal?.throwIfAborted();
        this.#hasHandlers = true;
        if (this.#latest.length > 0) await handler(this.#latest);
        return super.subscribe(handler, options);
      }
    },
  },
  {
    caseId: "rejected-again",
    wrong: "takes a rejected delivery of its own subscribers for done",
    make: handles((handler, { group }) => async (events) => {
      try {
        await handler(events);
      } catch (error) {
        if (group !== undefined) throw error;
      }
    }),
  },
  {
    caseId: "group-shares",
    wrong: "treats members as subscribers when a group has three",
    make: class extends MemoryEventBus {
      readonly #members = new Map<string, number>();
      override subscribe(
        handler: BusHandler,
        { group, ...options }: SubscribeOptions,
      ): Promise<Subscription> {
        const count = (this.#members.get(group ?? "") ?? 0) + 1;
        this.#members.set(group ?? "", count);
        return super.subscribe(handler, group === undefined || count > 2 ? options : { ...options, group });
      }
    },
  },
  {
    caseId: "close-waits",
    wrong: "closes while a handler runs",
    make: class extends MemoryEventBus {
      override async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        let isRunning = false;
        const run = async (events: readonly BusEvent[]): Promise<void> => {
          isRunning = true;
          await handler(events);
          isRunning = false;
        };
        const { close } = await super.subscribe(run, options);
        return {
          close: () =>
            (isRunning && options.group === undefined ? void close() : close()) ?? Promise.resolve(),
        };
      }
    },
  },
  {
    caseId: "declared",
    wrong: "declares less than it keeps",
    make: class implements EventBus {
      readonly delivery: Delivery = "at-most-once";
      readonly #inner = new MemoryEventBus();
      publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
        return this.#inner.publish(events, options);
      }
      subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        return this.#inner.subscribe(handler, options);
      }
    },
  },
  {
    caseId: "publishers",
    wrong: "loses what is published while somebody else publishes",
    make: class extends MemoryEventBus {
      #isBusy = false;
      override async publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
        if (this.#isBusy) return;
        this.#isBusy = true;
        try {
          await super.publish(events, options);
        } finally {
          this.#isBusy = false;
        }
      }
    },
  },
  {
    caseId: "closed",
    wrong: "goes on delivering to a closed subscription while there are others",
    make: class extends MemoryEventBus {
      #open = 0;
      override async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        const { close } = await super.subscribe(handler, options);
        this.#open++;
        return {
          close: async () => {
            if (--this.#open === 0 || options.group !== undefined) await close();
          },
        };
      }
    },
  },
  {
    caseId: "close-under-load",
    wrong: "closes when nobody publishes any more",
    make: catchesUp((group) => group === undefined),
  },
  {
    caseId: "group-close-under-load",
    wrong: "lets a member go when nobody publishes any more",
    make: catchesUp((group) => group !== undefined),
  },
  {
    caseId: "aborted",
    wrong: "goes on delivering to an aborted subscription",
    make: class extends MemoryEventBus {
      override async subscribe(
        handler: BusHandler,
        { group, signal }: SubscribeOptions,
      ): Promise<Subscription> {
        signal?.throwIfAborted();
        return super.subscribe(handler, { group });
      }
    },
  },
  {
    caseId: "group-survives",
    wrong: "forgets a group that has no members",
    make: class extends MemoryEventBus {
      readonly #members = new Map<string, number>();
      readonly #missed = new Set<BusEvent>();
      override async publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
        if ([...this.#members.values()].includes(0)) for (const event of events) this.#missed.add(event);
        return super.publish(events, options);
      }
      override async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        const { group } = options;
        if (group === undefined) return super.subscribe(handler, options);
        const count = (by: number): unknown => this.#members.set(group, (this.#members.get(group) ?? 0) + by);
        count(1);
        const { close } = await super.subscribe(
          (events) => handler(events.filter((event) => !this.#missed.has(event))),
          options,
        );
        return {
          close: async () => {
            count(-1);
            await close();
          },
        };
      }
    },
  },
  {
    caseId: "group-takes-over",
    wrong: "takes what a member rejected for done",
    make: handles((handler, { group }) => async (events) => {
      try {
        await handler(events);
      } catch (error) {
        if (group === undefined) throw error;
      }
    }),
  },
];

/** Of buses that deliver at most once, and have no groups. */
export const brokenPubSubBuses: readonly BrokenBus[] = [
  {
    caseId: "rejected-dropped",
    wrong: "delivers again what was rejected",
    make: class extends PubSubBus {
      override subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
        const again = async (events: readonly BusEvent[]): Promise<void> => {
          try {
            await handler(events);
          } catch {
            await handler(events);
          }
        };
        return super.subscribe(again, options);
      }
    },
  },
  {
    caseId: "group-refused",
    wrong: "takes members of a group for subscribers of their own",
    make: class extends PubSubBus {
      override subscribe(handler: BusHandler, { signal }: SubscribeOptions): Promise<Subscription> {
        return super.subscribe(handler, { signal });
      }
    },
  },
];
