import { EvenmatchError, type BusEvent, type BusHandler, type Subscription } from "@evenmatch/core";
import { encodeEvent, nameOf, Publisher, unlessAborted } from "@evenmatch/core/adapter";
import { misconfiguredBy } from "../connection/failures.js";
import { Group } from "./group.js";
import { once, type Kind } from "./kind.js";
import { Lane, laneTag, type Around } from "./lane.js";
import { Listener } from "./listener.js";
import { AGREE } from "./log-scripts.js";
import { Member } from "./member.js";
import { Tail } from "./tail.js";
import { Turns } from "./turns.js";

const LONGEST_GROUP = 200;
/** Halves of surrogate pairs, which no text of UTF-8 holds: two names could become one. */
const ODD = /\p{Cs}/u;

interface SharedTail {
  readonly opened: Promise<Tail>;
  users: number;
}

/** Events in streams, which keep them: at least once. */
export class Streams implements Kind {
  readonly delivery = "at-least-once";
  readonly #around: Around;
  readonly #lanes: readonly Lane[];
  readonly #publishers: readonly Publisher<string>[];
  /** By lane. */
  readonly #tails = new Map<Lane, SharedTail>();
  #agreed: Promise<void> | undefined;

  /** @param streams over how many streams pools are spread */
  constructor(streams: number, around: Around) {
    this.#around = around;
    this.#lanes = Array.from({ length: streams }, (_, index) => new Lane(index, around));
    this.#publishers = this.#lanes.map(
      (lane) => new Publisher({ send: (texts) => lane.add(texts), sizeOf: ({ length }) => length }),
    );
  }

  async publish(events: readonly BusEvent[], signal: AbortSignal | undefined): Promise<void> {
    const texts = this.#lanes.map((): string[] => []);
    for (const event of events) texts[this.#laneOf(event)]!.push(encodeEvent(event));
    await unlessAborted(this.#agree(), signal);
    await Promise.all(this.#publishers.map((publisher, lane) => publisher.publish(texts[lane]!, signal)));
  }

  async subscribe(handler: BusHandler, group: string | undefined): Promise<Subscription> {
    if (group !== undefined) checkGroup(group);
    await this.#agree();
    // A handler is called once at a time, whatever lanes its events come from.
    const turns = new Turns();
    const hear: BusHandler = (events) => turns.take(() => handler(events));
    const begun = await Promise.allSettled(
      this.#lanes.map((lane) =>
        group === undefined
          ? this.#listener(hear, lane)
          : this.#member(handler, turns, new Group(group, lane, this.#around)),
      ),
    );
    const parts = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const close = once(async () => {
      await Promise.all(parts.map((part) => part.close()));
    });
    const failed = begun.find((one) => one.status === "rejected");
    if (!failed) return { close };
    await close();
    throw failed.reason;
  }

  async dropGroup(group: string): Promise<void> {
    checkGroup(group);
    await Promise.all(this.#lanes.map((lane) => new Group(group, lane, this.#around).drop()));
  }

  async idle(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.idle()));
  }

  #laneOf({ pool }: BusEvent): number {
    return pool === undefined ? 0 : hashOf(nameOf(pool)) % this.#lanes.length;
  }

  /** Everybody has to look for events where others put them. */
  #agree(): Promise<void> {
    this.#agreed ??= this.#compare().catch((error: unknown) => {
      this.#agreed = undefined;
      throw error;
    });
    return this.#agreed;
  }

  async #compare(): Promise<void> {
    const { server } = this.#around;
    const key = `${laneTag(server.prefix, 0)}:streams`;
    const agreed = Number(await server.run(AGREE, [key], [this.#lanes.length]));
    if (agreed === this.#lanes.length) return;
    throw misconfiguredBy(
      `all processes have their events in as many streams: ${agreed}`,
      this.#lanes.length,
      `Say the same number everywhere. To change it, end all processes and delete the key ${key}.`,
    );
  }

  async #listener(handler: BusHandler, lane: Lane): Promise<Subscription> {
    const shared = this.#tails.get(lane) ?? { opened: Tail.open(lane, this.#around), users: 0 };
    this.#tails.set(lane, shared);
    shared.users++;
    const leave = async (): Promise<void> => {
      if (--shared.users > 0) return;
      if (this.#tails.get(lane) === shared) this.#tails.delete(lane);
      await shared.opened.then((tail) => tail.close()).catch(() => {});
    };
    try {
      const tail = await shared.opened;
      const listener = new Listener(handler, tail, this.#around);
      await tail.add(listener);
      listener.start();
      const close = async (): Promise<void> => {
        await listener.close();
        tail.delete(listener);
        await leave();
      };
      return { close: once(close) };
    } catch (error) {
      await leave();
      throw error;
    }
  }

  async #member(handler: BusHandler, turns: Turns, group: Group): Promise<Subscription> {
    await group.enter();
    const line = await this.#around.server.line();
    const member = new Member(handler, { group, line, turns }, this.#around);
    member.start();
    return { close: once(() => member.close()) };
  }
}

/** FNV-1a, 32 bits. See http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function checkGroup(group: string): void {
  const isName = typeof group === "string" && group !== "" && group.length <= LONGEST_GROUP;
  if (isName && !ODD.test(group)) return;
  throw new EvenmatchError("INVALID_OPTIONS", {
    rule: `a group is a text of 1 to ${LONGEST_GROUP} characters`,
    received: group,
    remedy: "Name it after what it does.",
  });
}
