import type { EvenmatchError } from "@evenmatch/core";
import type { Argument } from "./driver.js";
import { misconfiguredBy } from "./failures.js";

/**
 * Commands that an adapter needs, each as it is sent, without its key: the name, with a subcommand as `name|subcommand`,
 * and what follows the key.
 */
export type Needs = readonly (readonly [command: string, ...args: string[]])[];

/** The oldest release that has all that the scripts use. */
const OLDEST = [6, 2] as const;

/**
 * Keys: one of ours. Arguments: commands, as JSON. Answers with the names of those that the user may not use, or that
 * are not there. Changes nothing that lasts: since release 7 the server is asked, before that each command is tried on
 * a key of its own, which is deleted again.
 */
const CHECK = `
local missing = {}
for _, command in ipairs(cjson.decode(ARGV[1])) do
  local key = KEYS[1] .. ':' .. command[1]
  local name, subcommand = string.match(command[1], '^([^|]+)|?(.*)$')
  local full = { name, key, unpack(command, 2) }
  if subcommand ~= '' then full = { name, subcommand, key, unpack(command, 2) } end
  local fits, said
  if redis.acl_check_cmd then
    fits, said = pcall(redis.acl_check_cmd, unpack(full))
    fits = fits and said
  else
    fits, said = pcall(redis.call, unpack(full))
    local text = fits and '' or tostring(said)
    fits = not (string.find(text, 'NOPERM') or string.find(text, 'nknown') or string.find(text, 'no permissions')
      or string.find(text, "can't run"))
    pcall(redis.call, 'del', key)
  end
  if not fits then missing[#missing + 1] = command[1] end
end
return missing`;

/**
 * Checks that a server is one that the adapter can work with: its release, the commands that its user may use, and that
 * it does not throw tickets away where memory is short. Rejects with `STORE_MISCONFIGURED`, which names what is wrong.
 * Reports a server that would forget what has ended.
 */
export async function checkServer(
  call: (command: string, args: Argument[]) => Promise<unknown>,
  prefix: string,
  needs: Needs,
  report: (problem: EvenmatchError) => void,
): Promise<void> {
  const commands = JSON.stringify([["info"], ...needs].map(([name, ...rest]) => [name, ...rest]));
  const missing = (await call("eval", [CHECK, 1, `{${prefix}}:check`, commands])) as string[];
  if (missing.length > 0)
    throw misconfiguredBy(
      "the user of this connection may use all commands of the adapter, on its keys",
      missing.join(", "),
      "Grant these commands; the docs list all under ACL.",
    );
  const info = String(await call("info", []));
  checkRelease(info);
  checkMemory(info, report);
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
}

function checkRelease(info: string): void {
  const release = field(info, "redis_version") ?? "";
  const [major = 0, minor = 0] = release.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw misconfiguredBy(
    `the server is Redis ${OLDEST.join(".")} or newer`,
    release,
    "Use a newer server, or another store.",
  );
}

/** Keys with an end are what has ended. A server that throws those away forgets earlier than it should, and works. */
function checkMemory(info: string, report: (problem: EvenmatchError) => void): void {
  const policy = field(info, "maxmemory_policy") ?? "noeviction";
  if (policy === "noeviction" || field(info, "maxmemory") === "0") return;
  if (policy.startsWith("allkeys"))
    throw misconfiguredBy(
      "the server keeps what it was given when its memory is full",
      `maxmemory-policy ${policy}`,
      "Set maxmemory-policy to noeviction, or use a server of its own: tickets that wait would be thrown away.",
    );
  report(
    misconfiguredBy(
      "the server remembers what has ended for as long as it was told, also when its memory is full",
      `maxmemory-policy ${policy}`,
      "Set maxmemory-policy to noeviction: a join that is sent again may otherwise make a second ticket.",
    ),
  );
}
