import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Asks it to close, and rejects when it does not end well. */
  stop(): Promise<void>;
}

const main = resolve(import.meta.dirname, "../src/main.ts");

/** A tournament collects for this share of an evening, within reason. */
const FILL_SHARE = 1 / 8;

/** How long tournaments collect in such an evening, in ms. */
export function tournamentMs(seconds: number): number {
  return Math.round(Math.min(20_000, Math.max(500, seconds * 1_000 * FILL_SHARE)));
}

/** Starts the server as a population needs it: no bots, ratings allowed, its final state shown. */
export async function startServerProcess(seconds: number): Promise<ServerProcess> {
  const env = {
    ...process.env,
    PORT: "0",
    BOTS: "0",
    FILL_MS: String(tournamentMs(seconds)),
    EVENMATCH_DUMP: "1",
    ALLOW_RATING: "1",
    SIGN_INS_PER_MINUTE: "0",
  };
  const child = fork(main, { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const ended = once(child, "exit") as Promise<[code: number | null]>;
  const url = await new Promise<string>((found, failed) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += String(chunk);
      const match = /plays at (\S+)\n/.exec(text);
      if (match) found(match[1]!);
    });
    child.once("exit", () => failed(new Error(`the server did not start\n${text}`)));
  });
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      const [code] = await ended;
      if (code !== 0) throw new Error(`the server ended with exit code ${code}`);
    },
  };
}
