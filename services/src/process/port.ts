import { createServer } from "node:net";
import { availableParallelism } from "node:os";

// Below the range from which systems choose the ports of outgoing connections: a server that is down for a moment
// finds its port free again.
const FIRST = 20_000;
const LAST = 32_000;

// A port is free until its server listens, so each worker of a run of tests has ports of its own: at most one worker
// more than there are cores, and the first ports are for programs that are none.
const SHARES = availableParallelism() + 2;
const WIDTH = Math.floor((LAST - FIRST) / SHARES);

// One after the other, so that nobody here is given one twice before its server listens. Two runs begin elsewhere.
let next = Math.floor(Math.random() * WIDTH);

/** A TCP port of 127.0.0.1 on which nobody listens now. */
export async function freePort(): Promise<number> {
  const share = Number(process.env["VITEST_POOL_ID"] ?? 0) % SHARES;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + share * WIDTH + (next++ % WIDTH);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free TCP port was found between ${FIRST} and ${LAST}`);
}

/** So many TCP ports of 127.0.0.1 on which nobody listens now, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** The same URL, by way of a port of 127.0.0.1. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = `${port}`;
  return through.href;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
