import type { Millis } from "@evenmatch/core";
import { Alarm, HANDLER_BATCH, unknownEvent, waitAfterFailure } from "@evenmatch/core/adapter";
import { endOf, placeOf, whileNobodyCleans, type Around } from "./around.js";
import { pageOf, PUBLISHED_AT, readPage, type Entry, type EntryRow, type Page, type Place } from "./entry.js";
import type { Listener, Source } from "./listener.js";
import { AWAY, missed } from "./reports.js";
import type { Sender } from "../connection/database.js";

/** How often it says how far it is, in ms. */
const REFRESH: Millis = 5_000;
/** How much is kept for slow listeners, in events and UTF-16 units; who is behind it reads the table itself. */
const KEPT = 10_000;
const KEPT_LENGTH = 50_000_000;

const READ = pageOf("$1::bigint", "$2::integer");

const ENTER = `INSERT INTO {schema}.event_readers (position, expires_at)
  VALUES ($1, clock_timestamp() + $2 * interval '1 ms') RETURNING id::text`;

const KEEP = `UPDATE {schema}.event_readers r SET position = $2, expires_at = clock_timestamp() + $4 * interval '1 ms'
  WHERE r.id = $1 AND ($3::bigint IS NULL OR EXISTS (
    SELECT FROM {schema}.events e
    WHERE e.position = $2 AND ${PUBLISHED_AT} = $3
  )) RETURNING 1`;

const WHERE_WE_WERE = `SELECT r.position::text, ${PUBLISHED_AT}::text AS at
  FROM {schema}.event_readers r LEFT JOIN {schema}.events e ON e.position = r.position WHERE r.id = $1`;

/**
 * Reads the log once for all in this process who hear everything. How far the slowest of them is stands in a row of the
 * database, so that nothing is cleaned that it has not heard.
 *
 * | what happened | how it is noticed | what follows |
 * |---|---|---|
 * | cut off for a while | reading fails | goes on where it was |
 * | cut off so long that the row expired | the row is gone | the same, while what is at its place is still there |
 * | and what it had not read was cleaned | what was at its place is gone | everybody hears of an error, and goes on at the end |
 * | a failover lost the newest events | something else is at its place | goes on where its row is, which tells no more than the log beside it: some events come again |
 */
export class Tail implements Source {
  readonly #around: Around;
  readonly #listeners = new Set<Listener>();
  readonly #alarm = new Alarm();
  #id: string;
  /** What was read and somebody has not heard, all that is behind `#from` up to `#end`. */
  #window: Entry[] = [];
  #length = 0;
  #from: Place;
  #end: Place;
  /** Listeners are too slow for more to be read. */
  #isHeldUp = false;
  #recovering: Promise<void> | undefined;
  #isClosed = false;
  #cancelRefresh = (): void => {};
  #cancelRetry = (): void => {};

  private constructor(around: Around, id: string, place: Place) {
    this.#around = around;
    this.#id = id;
    this.#from = this.#end = place;
    this.#scheduleRefresh();
    void this.#run();
  }

  /** Begins at the end of the log as it is now. */
  static async open(around: Around): Promise<Tail> {
    const { id, place } = await whileNobodyCleans(around, (sender) => enter(sender));
    return new Tail(around, id, place);
  }

  /** Adds a listener: it hears what is published from the moment this resolves. */
  async add(listener: Listener): Promise<void> {
    // From here on nothing behind it is given up, wherever it is going to begin.
    listener.moveTo(this.#end);
    this.#listeners.add(listener);
    try {
      listener.moveTo(await endOf(this.#around.database));
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
  }

  delete(listener: Listener): void {
    this.#listeners.delete(listener);
    this.heard();
  }

  /** Reads what is new; with the end of the log as somebody knows it, only if that is news. */
  wake(end = Infinity): void {
    if (end > this.#end.position) this.#alarm.ring();
  }

  heard(): void {
    this.#trim();
    if (this.#isHeldUp) this.#alarm.ring();
  }

  async after(place: Place): Promise<readonly Entry[]> {
    if (place.position >= this.#from.position) {
      const index = this.#indexBehind(place.position);
      return this.#window.slice(index, index + HANDLER_BATCH);
    }
    const page = await this.#read(place);
    if (page) return page.entries;
    await this.#recover();
    return [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRefresh();
    this.#cancelRetry();
    this.#alarm.ring();
    await this.#around.database
      .query("DELETE FROM {schema}.event_readers WHERE id = $1", [this.#id])
      // It expires.
      .catch(() => {});
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#alarm.rung();
      if (this.#isClosed) return;
      try {
        await this.#readOn();
        this.#around.reports.works("reading");
      } catch (error) {
        if (this.#isClosed) return;
        this.#around.reports.failed("reading", error);
        this.#cancelRetry();
        const { clock } = this.#around;
        this.#cancelRetry = clock.at(clock.now() + waitAfterFailure(error), () => this.#alarm.ring());
      }
    }
  }

  async #readOn(): Promise<void> {
    while (!this.#isClosed) {
      this.#isHeldUp = this.#isFarAhead();
      if (this.#isHeldUp) return;
      const place = this.#end;
      const page = await this.#read(place);
      if (!page) await this.#recover();
      else if (place === this.#end) this.#append(page.entries);
      if (page?.isMore === false) return;
    }
  }

  /** What comes behind a place, or `undefined` when that is not what it was. */
  async #read(place: Place): Promise<Page | undefined> {
    const rows = await this.#around.database.query<EntryRow>(READ, [place.position, HANDLER_BATCH]);
    const [first] = rows;
    const isThere = Number(first?.position) === place.position && first?.at === place.at;
    if (!isThere && place.at !== undefined) return undefined;
    return readPage(rows, HANDLER_BATCH);
  }

  #append(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    for (const entry of entries) {
      if (!entry.event)
        this.#around.reports.seldom("unknown", () => unknownEvent({ position: entry.position }, entry.text));
      this.#window.push(entry);
      this.#length += entry.text.length;
    }
    this.#end = last;
    for (const listener of this.#listeners) listener.wake();
    this.#trim();
  }

  /** Forgets what everybody has heard, and the oldest where it would be too much. */
  #trim(): void {
    const least = this.#least().position;
    let count = this.#indexBehind(least);
    for (let kept = this.#window.length - count; kept > KEPT; kept--) count++;
    for (const { text } of this.#window.slice(0, count)) this.#length -= text.length;
    for (; this.#length > KEPT_LENGTH && count < this.#window.length; count++)
      this.#length -= this.#window[count]!.text.length;
    if (count === 0) return;
    this.#from = this.#window[count - 1] as Entry;
    this.#window.splice(0, count);
  }

  /** Nobody is near the end of what was read: more would only be thrown away. */
  #isFarAhead(): boolean {
    let furthest = this.#from.position;
    for (const { place } of this.#listeners) furthest = Math.max(furthest, place.position);
    return this.#window.length - this.#indexBehind(furthest) >= HANDLER_BATCH;
  }

  #least(): Place {
    let least = this.#end;
    for (const { place } of this.#listeners) if (place.position < least.position) least = place;
    return least;
  }

  /** The index of the first entry behind a position. */
  #indexBehind(position: number): number {
    let [low, high] = [0, this.#window.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#window[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #scheduleRefresh(): void {
    const { clock } = this.#around;
    this.#cancelRefresh = clock.at(clock.now() + REFRESH, () => {
      // A failure shows where events are read.
      this.#refresh()
        .catch(() => {})
        .finally(() => (this.#isClosed ? undefined : this.#scheduleRefresh()));
    });
  }

  async #refresh(): Promise<void> {
    const { position, at } = this.#least();
    const kept = await this.#around.database.query(KEEP, [this.#id, position, at, AWAY]);
    if (kept.length === 0 && !this.#isClosed) await this.#recover();
  }

  #recover(): Promise<void> {
    this.#recovering ??= this.#findPlace().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  /** Finds out where to go on when our row, or what was at a place of ours, is not there any more. */
  async #findPlace(): Promise<void> {
    const least = this.#least();
    const { id, place, isGap } = await whileNobodyCleans(this.#around, async (sender) => {
      const [row] = await sender.query<{ position: string; at: string | null }>(WHERE_WE_WERE, [this.#id]);
      // While the row is there nothing behind it is cleaned.
      if (row && row.at !== null) return { id: this.#id, place: placeOf(row), isGap: false };
      if (!row && (await isThere(sender, least))) return { ...(await enter(sender, least)), isGap: false };
      return { ...(await enter(sender)), isGap: true };
    });
    this.#id = id;
    this.#window = [];
    this.#length = 0;
    this.#from = this.#end = place;
    const error = isGap ? missed("this process was away for longer") : undefined;
    if (error) this.#around.reports.tell(error);
    for (const listener of this.#listeners) {
      if (isGap || listener.place.position > place.position) listener.moveTo(place);
      if (error) listener.tell(this.#around.reports.asEvent(error));
      listener.wake();
    }
    this.#alarm.ring();
  }
}

async function enter(sender: Sender, given?: Place): Promise<{ id: string; place: Place }> {
  const place = given ?? (await endOf(sender));
  const [row] = await sender.query<{ id: string }>(ENTER, [place.position, AWAY]);
  return { id: (row as { id: string }).id, place };
}

async function isThere(sender: Sender, { position, at }: Place): Promise<boolean> {
  const rows = await sender.query(
    `SELECT FROM {schema}.events e WHERE e.position = $1 AND ${PUBLISHED_AT} = $2`,
    [position, at],
  );
  return rows.length > 0;
}
