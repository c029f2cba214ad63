import type { Millis } from "./clock.js";
import { placeOf } from "./ticket/id.js";
import type { PoolKey } from "./ticket/ticket.js";

/** The source of chance: a function that fills the array with random bytes and returns it. */
export type Random = (bytes: Uint8Array) => Uint8Array;

/** The platform's cryptographic source. */
export const systemRandom: Random = (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const HYPHEN = 45;
const DOT = 46;

/** Random bytes are drawn in blocks, because one call to the source costs as much as the rest of an id. */
const BLOCK = 4096;

/** Random bytes that one id takes at most: 2 for a fresh counter, 8 for its tail. */
const TAKEN = 10;

/** Makes an id; with a pool it is the id of a ticket or a match, as `idOf` would put it together. */
export type Uuid = (now: Millis, pool?: PoolKey) => string;

/**
 * Makes UUIDs of version 7 (RFC 9562, method 1 of section 6.2): 48 bits of time, a 12-bit counter that starts at a
 * random value below 2048 in each millisecond, 62 random bits. Ids of one maker sort by the order they were made
 * in; when the counter runs over, the time field is taken one millisecond ahead.
 */
export function uuidMaker(random: Random): Uuid {
  const block = new Uint8Array(BLOCK);
  let used = BLOCK;
  let time = -1;
  let counter = 0;
  // Written as one flat text, pool and all: what is put together from texts stays a tree of them, which every table
  // that the id is a key of has to walk.
  const codes: number[] = [];
  let length = 0;
  const put = (byte: number): void => {
    codes[length++] = DIGITS[(byte >>> 4) & 0xf] as number;
    codes[length++] = DIGITS[byte & 0xf] as number;
  };
  const name = (text: string): void => {
    for (let index = 0; index < text.length; index++) codes[length++] = text.charCodeAt(index);
    codes[length++] = DOT;
  };
  const next = (): number => block[used++] as number;

  return (now, pool) => {
    if (used + TAKEN > BLOCK) {
      random(block);
      used = 0;
    }
    if (now > time) {
      time = now;
      counter = ((next() & 0x07) << 8) | next();
    } else if (++counter > 0xfff) {
      time++;
      counter = 0;
    }
    length = 0;
    if (pool) {
      name(pool.queue);
      name(placeOf(pool));
    }
    const high = Math.floor(time / 2 ** 32);
    put(high >>> 8);
    put(high);
    put(time >>> 24);
    put(time >>> 16);
    codes[length++] = HYPHEN;
    put(time >>> 8);
    put(time);
    codes[length++] = HYPHEN;
    put(0x70 | (counter >>> 8));
    put(counter);
    codes[length++] = HYPHEN;
    put((next() & 0x3f) | 0x80);
    put(next());
    codes[length++] = HYPHEN;
    for (let rest = 0; rest < 6; rest++) put(next());
    codes.length = length;
    return String.fromCharCode(...codes);
  };
}
