import { spawn } from "node:child_process";

/** A reply of the server: texts and nothing else, for numbers too; a list is flat. */
export type CliReply = readonly (string | null)[];

/**
 * Runs commands with `redis-cli`, the server's own tool, one after the other on one connection, and returns their
 * replies.
 *
 * @throws Error when the tool is missing, the server cannot be reached, or a command is refused.
 */
export async function redisCli(url: string, commands: readonly (readonly string[])[]): Promise<CliReply[]> {
  if (commands.length === 0) return [];
  const input = commands.map((words) => `${words.map(quoted).join(" ")}\n`).join("");
  const lines = (await run(["-u", url, "--no-auth-warning", "--csv"], input)).split("\n").slice(0, -1);
  if (lines.length !== commands.length)
    throw new Error(`redis-cli answered ${commands.length} commands with ${lines.length} lines`);
  return lines.map((line, index) => {
    if (!line.startsWith("ERROR,")) return repliedIn(line);
    throw new Error(`${commands[index]!.join(" ")} was refused: ${line}`);
  });
}

/** The names of all keys that match a pattern, at once: the server is the run's own. */
export async function redisKeys(url: string, pattern: string): Promise<string[]> {
  const [names = []] = await redisCli(url, [["KEYS", pattern]]);
  return names as string[];
}

function run(args: readonly string[], input = ""): Promise<string> {
  const child = spawn("redis-cli", args, { stdio: "pipe" });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // Who refuses the connection reads nothing, and says so otherwise.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new Error("redis-cli is needed to look into Redis: install it beside redis-server", { cause })),
    );
    child.on("close", (code) => {
      const said = Buffer.concat(errors).toString().trim();
      if (code === 0) resolve(Buffer.concat(output).toString("latin1"));
      else reject(new Error(`redis-cli ended with ${String(code)}: ${said}`));
    });
  });
}

/** A word as redis-cli reads it. */
function quoted(word: string): string {
  const escaped = [...Buffer.from(word)].map((byte) => {
    const letter = String.fromCharCode(byte);
    return /[\w{}:.-]/.test(letter) ? letter : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

const ESCAPED = /\\(?:x([0-9a-f]{2})|(.))/g;
const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };

/** A line of `--csv`: texts in quotes, with C's escapes for all that is no plain letter. */
function repliedIn(line: string): CliReply {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/g), ([bare, text]) => {
    if (text === undefined) return bare === "NULL" ? null : bare;
    const bytes = text.replace(ESCAPED, (_, hex: string | undefined, letter = "") =>
      hex === undefined
        ? (LETTERS[letter as string] ?? (letter as string))
        : String.fromCharCode(parseInt(hex, 16)),
    );
    return Buffer.from(bytes, "latin1").toString();
  });
}
