import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeWhole } from "../src/process/whole.js";

describe("a directory that is fetched once for all", () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "evenmatch-cache-"));
  });
  afterEach(() => rm(cache, { recursive: true }));

  /** Fills a directory slowly enough that others come by meanwhile. */
  const fill = async (dir: string) => {
    await writeFile(join(dir, "first"), "1");
    await new Promise((done) => setTimeout(done, 20));
    await writeFile(join(dir, "second"), "2");
  };
  const whole = ["first", "second"];

  test("is made by one of those who want it at once, and is never seen in halves", async () => {
    let made = 0;
    const seen = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const place = join(cache, `of ${index % 2}`);
        await makeWhole(place, async (dir) => {
          made += 1;
          await fill(dir);
        });
        return readdir(place);
      }),
    );
    expect(seen).toEqual(Array.from({ length: 20 }, () => whole));
    expect(made).toBe(2);
    expect(await readdir(cache)).toEqual(["of 0", "of 1"]);
  });

  test("is made by the next one where the first failed, who is told why", async () => {
    const place = join(cache, "it");
    const failing = makeWhole(place, async (dir) => {
      await writeFile(join(dir, "first"), "1");
      throw new Error("no network");
    });
    await expect(failing).rejects.toThrow("no network");
    expect(await readdir(cache)).toEqual([]);
    await makeWhole(place, fill);
    expect(await readdir(place)).toEqual(whole);
  });

  test("is made by the next one where the first was killed, and nothing of its work stays", async () => {
    const [place, lock] = [join(cache, "it"), join(cache, "lock")];
    await mkdir(join(lock, "work"), { recursive: true });
    await writeFile(join(lock, "work", "first"), "1");
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, longAgo, longAgo);
    await makeWhole(place, fill);
    expect(await readdir(place)).toEqual(whole);
    expect(await readdir(cache)).toEqual(["it"]);
  });

  test("is whole also when the first was only slow and two worked on it", async () => {
    const [place, lock] = [join(cache, "it"), join(cache, "lock")];
    let tries = 0;
    const slow = makeWhole(place, async (dir) => {
      tries += 1;
      await writeFile(join(dir, "who"), "slow");
      // It is taken for dead here.
      await rm(lock, { recursive: true });
      await makeWhole(place, (other) => writeFile(join(other, "who"), "quick"));
      await writeFile(join(dir, "second"), "2");
    });
    await slow;
    expect(tries).toBe(1);
    expect(await readFile(join(place, "who"), "utf8")).toBe("quick");
    expect(await readdir(cache)).toEqual(["it"]);
  });
});
