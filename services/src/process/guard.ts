import { spawn } from "node:child_process";

/**
 * What ends a process whose owner is gone. SIGQUIT is "stop at once, but take your children along" to Postgres and
 * PgBouncer, and who is deaf to it gets SIGKILL after a while. Java only prints its threads on it: SIGKILL at once.
 */
export type LastSignal = "QUIT" | "KILL";

/**
 * A small process that outlives ours by a moment. It reads which servers we started, and when we are gone, by
 * whichever way (its standard input ends also when we are killed with −9), it stops those that still run and
 * removes their directory.
 */
export interface Guard {
  /** From now on this process dies with us, by this signal (default SIGQUIT). */
  watch(pid: number, by?: LastSignal): void;
  /** This process has ended by itself; its number may belong to somebody else soon. */
  forget(pid: number): void;
  /** Stops what is still watched, removes the directory, and ends the guard. */
  close(): Promise<void>;
}

// Each one watched is its number, a colon and the signal.
const SCRIPT = `
watched=" "
while read -r verb pid signal; do
  case "$verb" in
    watch) watched="$watched$pid:$signal " ;;
    forget)
      case "$watched" in *" $pid:"*)
        rest="\${watched#* $pid:}"
        watched="\${watched%% $pid:*} \${rest#* }" ;;
      esac ;;
  esac
done
for one in $watched; do kill -"\${one#*:}" "\${one%:*}" 2>/dev/null; done
for one in $watched; do
  pid="\${one%:*}"
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
    watch: (pid, by = "QUIT") => void input.write(`watch ${pid} ${by}\n`),
    forget: (pid) => void input.write(`forget ${pid}\n`),
    async close() {
      child.ref();
      input.end();
      await ended;
    },
  };
}
