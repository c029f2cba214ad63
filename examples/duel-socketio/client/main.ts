import { io, type Socket } from "socket.io-client";
import type { ClientToServer, ServerToClient, SignedIn } from "../src/protocol.js";
import { now } from "../src/time.js";
import { optionsFrom, usage, type ClientOptions } from "./options.js";
import { TerminalPlayer } from "./player.js";
import { signInAt } from "./sign-in.js";
import { Terminal } from "./terminal.js";

/** Of one Ctrl-C a process may hear twice: from the terminal, and from whoever started it. In ms. */
const SAME_KEY = 500;

/** How long it waits at most before it tries to come back, in ms. */
const LATEST_RETURN = 1_500;

/** What a shell says of who was ended by Ctrl-C. */
const INTERRUPTED = 130;

const options = readOptions();
const { url, name, place } = options;
const { token, player } = await signIn(options);
const terminal = new Terminal(process.stdout);
terminal.say(`${name} (${player.rating}) is at ${url}.`);
// A WebSocket from the start: behind a load balancer plain requests might meet different processes. A place is kept for a
// few seconds: who comes back later has none.
const socket: Socket<ServerToClient, ClientToServer> = io(url, {
  auth: { token },
  transports: ["websocket"],
  reconnectionDelayMax: LATEST_RETURN,
});
const playing = new TerminalPlayer(socket, player, place, terminal);
let interruptedAt: number | undefined;
process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
const end = await playing.end;
socket.disconnect();
process.exit(end === "failed" ? 1 : 0);

/** Leaves; the second time without waiting for anything. */
function interrupt(): void {
  if (interruptedAt === undefined) void playing.leave();
  else if (now() - interruptedAt > SAME_KEY) process.exit(INTERRUPTED);
  interruptedAt ??= now();
}

async function signIn({ url, name }: ClientOptions): Promise<SignedIn> {
  try {
    return await signInAt(url, name);
  } catch (error) {
    const isUnreachable = error instanceof TypeError || error instanceof SyntaxError;
    console.error(
      isUnreachable
        ? `No server of this game answers at ${url}. Start one with npm start, or name another with --url.`
        : (error as Error).message,
    );
    process.exit(1);
  }
}

function readOptions(): ClientOptions {
  try {
    return optionsFrom(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}
