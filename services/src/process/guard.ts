import { spawn } from "node:child_process";

/**
 * A small process that outlives ours by a moment. It reads which servers we started, and when we are gone, by
 * whichever way (its standard input ends also when we are killed with −9), it stops those that still run and
 * removes their directory.
 */
export interface Guard {
  /** From now on this process dies with us. */
  watch(pid: number): void;
  /** This process has ended by itself; its number may belong to somebody else soon. */
  forget(pid: number): void;
  /** Stops what is still watched, removes the directory, and ends the guard. */
  close(): Promise<void>;
}

// SIGQUIT is "stop at once, but take your children along" to Postgres and PgBouncer. Who is deaf to it gets SIGKILL.
const SCRIPT = `
pids=" "
while read -r verb pid; do
  case "$verb" in
    watch) pids="$pids$pid " ;;
    forget) case "$pids" in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -QUIT "$pid" 2>/dev/null; done
for pid in $pids; do
  left=100
  while kill -0 "$pid" 2>/dev/null && [ "$left" -gt 0 ]; do sleep 0.05; left=$((left - 1)); done
  kill -KILL "$pid" 2>/dev/null
done
eval "$2"
rm -rf "$1"
`;

/**
 * Starts the guard of a directory, which is removed at the end.
 *
 * @param atEnd a shell command for what is no process of ours, a container for example
 */
export function startGuard(dir: string, atEnd = ""): Guard {
  // A session of its own: Ctrl-C reaches every process of the terminal, and this one has work to do afterwards.
  const child = spawn("sh", ["-c", SCRIPT, "guard", dir, atEnd], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("exit", () => resolve());
    child.once("error", reject);
  });
  ended.catch(() => {});
  // Nobody's program is kept running by its guard.
  child.unref();
  const input = child.stdin;
  input.on("error", () => {});
  (input as unknown as { unref?: () => void }).unref?.();
  return {
    watch: (pid) => void input.write(`watch ${pid}\n`),
    forget: (pid) => void input.write(`forget ${pid}\n`),
    async close() {
      child.ref();
      input.end();
      await ended;
    },
  };
}
