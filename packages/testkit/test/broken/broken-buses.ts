import {
  MemoryEventBus,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type EventBus,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";

function handles(wrong: (handler: BusHandler, options: SubscribeOptions) => BusHandler): new () => EventBus {
  return class extends MemoryEventBus {
    override subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
      return super.subscribe(wrong(handler, options), options);
    }
  };
}

/** Buses that each do one thing wrong, with the one case that must find it. */
export const brokenBuses: readonly {
  readonly caseId: string;
  readonly wrong: string;
  readonly make: new () => EventBus;
}[] = [
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
];
