import type { Millis } from "./clock.js";

/** The source of chance: a function that fills the array with random bytes and returns it. */
export type Random = (bytes: Uint8Array) => Uint8Array;

/** The platform's cryptographic source. */
export const systemRandom: Random = (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const HYPHEN = 45;

/** Random bytes are drawn in blocks, because one call to the source costs as much as the rest of an id. */
const BLOCK = 4096;

/** Random bytes that one id takes at most: 2 for a fresh counter, 8 for its tail. */
const TAKEN = 10;

/**
 * Makes UUIDs of version 7 (RFC 9562, method 1 of section 6.2): 48 bits of time, a 12-bit counter that starts at a
 * random value below 2048 in each millisecond, 62 random bits. Ids of one maker sort by the order they were made
 * in; when the counter runs over, the time field is taken one millisecond ahead.
 */
export function uuidMaker(random: Random): (now: Millis) => string {
  const block = new Uint8Array(BLOCK);
  let used = BLOCK;
  let time = -1;
  let counter = 0;
  // Written as one flat text: a long concatenation would leave a tree of strings behind for every id.
  const codes = new Array<number>(36).fill(HYPHEN);
  const put = (place: number, byte: number): void => {
    codes[place] = DIGITS[(byte >>> 4) & 0xf] as number;
    codes[place + 1] = DIGITS[byte & 0xf] as number;
  };
  const next = (): number => block[used++] as number;

  return (now) => {
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
    const high = Math.floor(time / 2 ** 32);
    put(0, high >>> 8);
    put(2, high);
    put(4, time >>> 24);
    put(6, time >>> 16);
    put(9, time >>> 8);
    put(11, time);
    put(14, 0x70 | (counter >>> 8));
    put(16, counter);
    put(19, (next() & 0x3f) | 0x80);
    put(21, next());
    for (let place = 24; place < 36; place += 2) put(place, next());
    return String.fromCharCode(...codes);
  };
}
