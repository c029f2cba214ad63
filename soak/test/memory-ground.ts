import { readFile, rm, stat } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FinalState } from "@evenmatch/testkit";
import type { GroundKind } from "../src/cluster/ground.js";
import type { Breakage } from "./broken.js";

/** How often a server process writes down what the store holds, in ms. */
const WRITE = 200;

/** One server process on the memory store: what a run needs where there is no server to hurt. */
export function memoryGround(broken?: Breakage): GroundKind {
  return {
    name: "memory",
    program: resolve(import.meta.dirname, "memory-server.ts"),
    roles: ["worker"],
    mixes: [{ name: "calm", faults: {} }],
    cuts: [],
    open: () => {
      const file = join(tmpdir(), `evenmatch-soak-${randomBytes(8).toString("hex")}.json`);
      let since: number | undefined;
      const read = async (): Promise<FinalState> => JSON.parse(await readFile(file, "utf8")) as FinalState;
      return Promise.resolve({
        lossWindows: [],
        settingsOf: () => Promise.resolve({ file, broken, everyMs: WRITE }),
        strike: (kind) => Promise.reject(new Error(`there is no fault ${kind} in memory`)),
        gone: () => {},
        // Those who went away without a word still wait when everybody else is content.
        isSettled: async () => {
          since ??= Date.now();
          const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
          // What was written earlier may know less.
          return mtimeMs > since + 2 * WRITE && isOver(await read());
        },
        dump: async () => ({ final: await read(), flaws: [] }),
        close: () => rm(file, { force: true }),
      });
    },
  };
}

function isOver({ tickets, matches }: FinalState): boolean {
  return (
    tickets.every(({ state }) => state !== "waiting" && state !== "claimed") &&
    matches.every(({ state }) => state !== "claimed" && state !== "settled")
  );
}
