import { parseArgs } from "node:util";
import { isUrl } from "../connection/options.js";
import { grants } from "../migration/grants.js";
import { migrate, migrationScript, migrationStatus } from "../migration/migrate.js";

const USAGE = `Usage: evenmatch-postgres <command> [options]

  migrate              brings the schema to the version that this release needs
  migrate --dry-run    prints the SQL that would run, and changes nothing
  status               says which migrations were applied; exits with 1 unless all were
  grants               prints the SQL that gives roles what they need, for the owner to run

  --url URL            the database; DATABASE_URL when left out
  --schema NAME        the schema; evenmatch when left out
  --app NAME           grants: the role of API processes and workers
  --reader NAME        grants: the role of dashboards
`;

/** Where a command writes to: what it was asked for, and what went wrong. */
export interface Output {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/** Runs a command line and resolves with its exit code: 0 done, 1 failed or not up to date, 2 not understood. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<0 | 1 | 2> {
  try {
    return await obey(given(args), env, output);
  } catch (error) {
    output.complain(error instanceof Error ? error.message : String(error));
    if (!(error instanceof UsageError)) return 1;
    output.complain(`\n${USAGE}`);
    return 2;
  }
}

class UsageError extends Error {}

type Given = ReturnType<typeof given>;

function given(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: text,
        schema: text,
        app: text,
        reader: text,
        "dry-run": flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function obey(
  { values, positionals }: Given,
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
): Promise<0 | 1> {
  const [command = values["dry-run"] ? "migrate" : undefined, ...others] = positionals;
  if (values.help) {
    output.print(USAGE);
    return 0;
  }
  if (command === undefined) throw new UsageError("No command is named.");
  if (others.length > 0)
    throw new UsageError(`One command at a time: ${command} is given, then ${others[0]}.`);
  if (values["dry-run"] && command !== "migrate") throw new UsageError("--dry-run goes with migrate.");
  if ((values.app ?? values.reader) !== undefined && command !== "grants")
    throw new UsageError("--app and --reader go with grants.");
  const options = values.schema === undefined ? {} : { schema: values.schema };
  switch (command) {
    case "migrate":
      await (values["dry-run"] ? dryRun : migrateNow)(urlOf(values.url, env), options, output);
      return 0;
    case "status":
      return status(urlOf(values.url, env), options, output);
    case "grants":
      if ((values.app ?? values.reader) === undefined)
        throw new UsageError("grants needs --app, --reader or both.");
      output.print(grants(values, options));
      return 0;
    default:
      throw new UsageError(`There is no command "${command}".`);
  }
}

function urlOf(url: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const found = url ?? env["DATABASE_URL"];
  if (found === undefined || found === "")
    throw new UsageError("No database is named: pass --url, or set DATABASE_URL.");
  if (isUrl(found)) return found;
  // The text may hold a password, so it is not repeated.
  throw new UsageError("The URL of a database reads postgres://user:password@host:5432/database.");
}

interface Options {
  readonly schema?: string;
}

async function migrateNow(url: string, options: Options, { print }: Output): Promise<void> {
  const applied = await migrate(url, options);
  for (const { version, name } of applied) print(`applied ${version} ${name}\n`);
  if (applied.length === 0) print("nothing to do: every migration was applied before\n");
}

async function dryRun(url: string, options: Options, { print }: Output): Promise<void> {
  const script = await migrationScript(url, options);
  print(script === "" ? "-- nothing to do: every migration was applied before\n" : script);
}

async function status(url: string, options: Options, { print }: Output): Promise<0 | 1> {
  const { schema, state, version, newest, steps } = await migrationStatus(url, options);
  print(`schema ${JSON.stringify(schema)}: ${state}, version ${version} of ${newest}\n`);
  for (const { version: step, name, appliedAt } of steps) {
    const when = appliedAt === undefined ? "pending" : `applied ${new Date(appliedAt).toISOString()}`;
    print(`${String(step).padStart(3)} ${name.padEnd(10)} ${when}\n`);
  }
  return state === "current" ? 0 : 1;
}
