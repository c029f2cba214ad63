import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { describeContract, type ContractCase } from "../../src/contract/contract.js";
import { eventBusCapabilityCases } from "../../src/contract/event-bus/cases.js";
import { ticketStoreCapabilityCases, ticketStoreCases } from "../../src/contract/ticket-store/cases.js";

const packages = resolve(import.meta.dirname, "../../..");
const PORTS = ["TicketStore", "MatchStore", "EventBus"];

async function files(folder: "src" | "test"): Promise<File[]> {
  const names = await readdir(packages, { withFileTypes: true });
  const lists = await Promise.all(
    names.map(async ({ name }) => {
      const root = join(packages, name, folder);
      const paths = await readdir(root, { recursive: true }).catch(() => []);
      return paths.filter((path) => path.endsWith(".ts")).map((path) => join(root, path));
    }),
  );
  return Promise.all(lists.flat().map(async (path) => ({ path, text: await readFile(path, "utf8") })));
}

interface File {
  readonly path: string;
  readonly text: string;
}

/** Whether a file is a test, or something that a test beside it brings in. */
function isRun({ path }: File, files: readonly File[]): boolean {
  const isTest = (one: File): boolean => one.path.endsWith(".test.ts");
  const name = `"./${basename(path, ".ts")}.js"`;
  const beside = files.filter((one) => isTest(one) && dirname(one.path) === dirname(path));
  return path.endsWith(".test.ts") || beside.some(({ text }) => text.includes(name));
}

/** A class of a package's public code that is called after a port implements it. */
function implementations(text: string, port: string): string[] {
  return [...text.matchAll(new RegExp(`export class (\\w+${port})\\b`, "g"))].map(
    ([, name]) => name as string,
  );
}

describe("every implementation of a port is under its contract", async () => {
  const sources = await files("src");
  const tests = await files("test");
  for (const port of PORTS) {
    const found = new Set(sources.flatMap(({ text }) => implementations(text, port)));
    it(`finds implementations of ${port}`, () => expect(found.size).toBeGreaterThan(0));
    for (const name of found) {
      it(`${name} is described as a ${port}`, () => {
        const proofs = tests.filter(
          (file) =>
            file.text.includes(`describe${port}(`) &&
            file.text.includes(`name: "${name}"`) &&
            isRun(file, tests),
        );
        expect(proofs.map(({ path }) => path)).not.toEqual([]);
      });
    }
  }
});

describe("a contract that left a case out", () => {
  const none = async (): Promise<void> => {};
  const cases: ContractCase<{ name: string }>[] = ["a", "b"].map((id) => ({
    id,
    promise: `keeps ${id}`,
    run: none,
  }));
  const collect = (): Map<string, () => Promise<void>> => {
    const tests = new Map<string, () => Promise<void>>();
    const runner = {
      describe: (_: string, define: () => void) => define(),
      it: (name: string, run: () => Promise<void>) => tests.set(name, run),
    };
    describeContract(runner, "Port", cases, { name: "A port" });
    return tests;
  };

  it("fails, and names the case", async () => {
    const tests = collect();
    await tests.get("a: keeps a")?.();
    await expect(tests.get("all 2 cases ran")?.()).rejects.toThrow(/'b'/);
  });

  it("passes when all ran", async () => {
    for (const run of collect().values()) await run();
  });
});

describe("capabilities", () => {
  it("each value selects a case of its own", () => {
    const chosen = [
      ...Object.values(ticketStoreCapabilityCases),
      ...Object.values(eventBusCapabilityCases),
    ].flatMap((values) =>
      Object.values(values as Record<string, { id: string } | { id: string }[]>).map((one) =>
        [one].flat().map(({ id }) => id),
      ),
    );
    expect(chosen.every((ids) => ids.length > 0)).toBe(true);
    expect(new Set(chosen.flat()).size).toBe(chosen.flat().length);
  });

  it("the ids of a contract are unique", () => {
    const ids = ticketStoreCases({ uniquePer: "pool", joinNeedsOwner: true }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
