import type { Millis } from "./clock.js";

/** The source of chance: a function that fills the array with random bytes and returns it. */
export type Random = (bytes: Uint8Array) => Uint8Array;

/** The platform's cryptographic source. */
export const systemRandom: Random = (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Random bytes are drawn in blocks, because one call to the source costs as much as the rest of an id. */
const BLOCK = 4096;

/** Random bytes of one id: 62 bits of it are chance, the rest of 8 bytes is overwritten by the variant. */
const TAIL = 8;

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

  const take = (count: number): number => {
    if (used + count > BLOCK) {
      random(block);
      used = 0;
    }
    used += count;
    return used - count;
  };
  const hex = (byte: number): string => HEX[byte & 0xff] as string;
  const at = (index: number): number => block[index] as number;

  return (now) => {
    if (now > time) {
      time = now;
      const start = take(2);
      counter = ((at(start) & 0x07) << 8) | at(start + 1);
    } else if (++counter > 0xfff) {
      time++;
      counter = 0;
    }
    const high = Math.floor(time / 2 ** 32);
    const tail = take(TAIL);
    return (
      `${hex(high >>> 8)}${hex(high)}${hex(time >>> 24)}${hex(time >>> 16)}-${hex(time >>> 8)}${hex(time)}` +
      `-7${HEX[counter >>> 8]?.[1]}${hex(counter)}-${hex((at(tail) & 0x3f) | 0x80)}${hex(at(tail + 1))}` +
      `-${hex(at(tail + 2))}${hex(at(tail + 3))}${hex(at(tail + 4))}${hex(at(tail + 5))}${hex(at(tail + 6))}${hex(at(tail + 7))}`
    );
  };
}
