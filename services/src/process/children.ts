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
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      // pid (name) state parent …, and a name may hold blanks and brackets.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { pid: Number(pid), parent: Number(fields[1]) };
    }),
  );
  return lines;
}

async function fromPs(): Promise<Line[]> {
  const lines = (await run("ps", ["-axo", "pid=,ppid="])).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid!, parent: parent! };
  });
}
