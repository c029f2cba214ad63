import { readFile, readdir } from "node:fs/promises";
import { run } from "./run.js";

/** The processes whose parent is the given one, now. */
export async function childrenOf(parent: number): Promise<number[]> {
  const all = process.platform === "linux" ? await fromProc() : await fromPs();
  return all.filter((one) => one.parent === parent).map(({ pid }) => pid);
}

interface Line {
  pid: number;
  parent: number;
}

// `ps` is missing in small containers; /proc is there.
async function fromProc(): Promise<Line[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const { parent } = await statusOf(pid);
      return { pid: Number(pid), parent: Number(parent) };
    }),
  );
  return lines;
}

async function statusOf(pid: number | string): Promise<{ state: string; parent: string }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // pid (name) state parent …, and a name may hold blanks and brackets.
  const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, parent };
}

async function fromPs(): Promise<Line[]> {
  const lines = (await run("ps", ["-axo", "pid=,ppid="])).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid!, parent: parent! };
  });
}

/** Kills a process with −9, if it is still there. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether the process is there; one that has died, but whom its parent has not noticed yet, is. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether the process still does something; one that has died and waits to be noticed does not. */
export async function isRunning(pid: number): Promise<boolean> {
  if (!isThere(pid)) return false;
  return process.platform !== "linux" || !["Z", "X", ""].includes((await statusOf(pid)).state);
}
