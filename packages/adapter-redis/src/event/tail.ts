import type { Millis } from "@evenmatch/core";
import { HANDLER_BATCH, pause, unknownEvent, waitAfterFailure } from "@evenmatch/core/adapter";
import type { Line } from "../connection/line.js";
import { compareIds, entryOf, idBefore, type Entry, type RawEntry } from "./entry.js";
import { Appetite, type Around, type Lane } from "./lane.js";
import type { Listener, Page, Source } from "./listener.js";
import { missed } from "./reports.js";

/** How long a read waits for news, in ms: after that it sees whether its place is there yet. */
const WAIT: Millis = 2_000;
/** How many of the newest ids are known, to find the place again in a log that lost its end. */
const KNOWN = 1_000;

/**
 * Reads a lane once for all in this process who hear everything, on a connection of its own.
 *
 * | what happened | how it is noticed | what follows |
 * |---|---|---|
 * | cut off for a while | reading fails | goes on where it was |
 * | the log was shortened meanwhile beyond that | the newest event that was read is gone, and all before it | everybody hears of an error, and goes on with the oldest that is left |
 * | the server lost everything | there is nothing | everybody hears of an error |
 * | a fail-over or a crash lost the newest events | the newest that was read is gone, others are there | goes on behind the newest that both have |
 */
export class Tail implements Source {
  readonly #lane: Lane;
  readonly #line: Line;
  readonly #around: Around;
  readonly #listeners = new Set<Listener>();
  readonly #appetite = new Appetite();
  readonly #closing = new AbortController();
  /** Up to here everything was read. */
  #end: string;
  /** Whether there is an entry at the end. */
  #isAnchored = true;
  /** The newest ids that were read, the oldest first. */
  #known: string[];
  readonly #running: Promise<void>;

  private constructor(lane: Lane, line: Line, end: string, around: Around) {
    this.#lane = lane;
    this.#line = line;
    this.#around = around;
    this.#end = end;
    this.#known = [end];
    this.#running = this.#run();
  }

  /** Begins at the end of the log as it is now. */
  static async open(lane: Lane, around: Around): Promise<Tail> {
    const end = await lane.newest();
    return new Tail(lane, await around.server.line(), end, around);
  }

  /** Adds a listener: it hears what is published from the moment this resolves. */
  async add(listener: Listener): Promise<void> {
    // What is read meanwhile waits with it.
    this.#listeners.add(listener);
    try {
      listener.begin(await this.#lane.newest());
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
  }

  get end(): string {
    return this.#end;
  }

  delete(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  async after(id: string): Promise<Page> {
    const raw = await this.#lane.behind(id, HANDLER_BATCH);
    if (!raw) return this.#afterLoss(id);
    const entries = this.#read(raw);
    return { entries, end: entries.at(-1)?.id ?? id, notice: undefined };
  }

  /** The log was shortened behind a listener that was too slow. */
  async #afterLoss(id: string): Promise<Page> {
    const { oldest } = await this.#lane.find([id]);
    const error = missed("a subscriber that was slower than events were published");
    this.#around.reports.tell(error);
    const notice = this.#around.reports.asEvent(error);
    const isThere = oldest !== undefined && compareIds(oldest, this.#end) < 0;
    return { entries: [], end: isThere ? oldest : this.#end, notice };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#line.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reports, clock } = this.#around;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#readOn();
        reports.works("reading");
      } catch (error) {
        if (signal.aborted) return;
        reports.failed("reading", error);
        await pause(clock, waitAfterFailure(error), signal).catch(() => {});
      }
    }
  }

  async #readOn(): Promise<void> {
    const { log } = this.#lane;
    const { count } = this.#appetite;
    const read = ["COUNT", count, "BLOCK", WAIT, "STREAMS", log, this.#end];
    // One behind the other on the same connection: what is read comes from the log that the place was found in.
    const [isThere, answer] = await Promise.all([
      this.#isAnchored ? this.#line.call("eval", this.#lane.isThere(this.#end)) : 1,
      this.#line.call("xread", read, WAIT),
    ]);
    if (Number(isThere) !== 1) return this.#recover();
    const [stream] = (answer ?? []) as [name: string, entries: RawEntry[]][];
    if (stream) this.#append(this.#read(stream[1]));
  }

  #read(raw: readonly RawEntry[]): Entry[] {
    const entries = raw.map(entryOf);
    for (const { id, text, event, isMark } of entries)
      if (!event && !isMark) this.#around.reports.seldom("unknown", () => unknownEvent({ id }, text));
    return entries;
  }

  #append(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    this.#appetite.read(
      entries.length,
      entries.reduce((sum, { text }) => sum + text.length, 0),
    );
    this.#known = [...this.#known, ...entries.map(({ id }) => id)].slice(-KNOWN);
    this.#end = last.id;
    this.#isAnchored = true;
    for (const listener of this.#listeners) listener.push(entries);
  }

  /** Finds out where to go on when what was read last is not there any more. */
  async #recover(): Promise<void> {
    const { known, oldest } = await this.#lane.find(this.#known.toReversed());
    let notice;
    if (known !== undefined) {
      this.#known = this.#known.slice(0, this.#known.indexOf(known) + 1);
      this.#end = known;
    } else {
      const isShortened = oldest !== undefined && compareIds(oldest, this.#end) > 0;
      this.#end = isShortened ? idBefore(oldest) : await this.#lane.newest();
      this.#isAnchored = !isShortened;
      this.#known = [this.#end];
      const error = missed("this process was away for longer, or the server lost them");
      this.#around.reports.tell(error);
      notice = this.#around.reports.asEvent(error);
    }
    for (const listener of this.#listeners) listener.moved(this.#end, notice);
  }
}
