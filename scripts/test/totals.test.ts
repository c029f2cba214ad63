import { describe, expect, test, vi } from "vitest";
import { root, run } from "../command.mjs";
import { runSteps, sum, tallyOf } from "../steps.mjs";
import { judgeReport } from "../suites.mjs";

describe("steps", () => {
  test("all of them run, also after one has failed", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    const results = await runSteps([
      { name: "broken", run: () => Promise.reject(new Error("this is wrong")) },
      { name: "fine", run: () => Promise.resolve("all well") },
    ]);
    const printed = log.mock.calls.join("\n");
    log.mockRestore();
    expect(results).toEqual([
      { name: "broken", ok: false },
      { name: "fine", ok: true },
    ]);
    expect(printed).toMatch(/✗ broken .*\n {4}this is wrong\n✓ fine: all well/);
    expect(tallyOf(results)).toEqual({ passed: 1, failed: 1 });
  });

  test("as many run side by side as are asked for, and the results keep their order", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    let began = (): void => {};
    const second = new Promise<string>((resolve) => (began = () => resolve("both began")));
    const results = await runSteps(
      [
        { name: "first", run: () => second },
        {
          name: "second",
          run: () => {
            began();
            return Promise.resolve("done");
          },
        },
        { name: "third", run: () => Promise.reject(new Error("this is wrong")) },
      ],
      2,
    );
    log.mockRestore();
    expect(results).toEqual([
      { name: "first", ok: true },
      { name: "second", ok: true },
      { name: "third", ok: false },
    ]);
  });

  test.each([
    { passed: 3, failed: 0, code: 0 },
    { passed: 3, failed: 1, code: 1 },
    { passed: 0, failed: 0, code: 1 },
  ])("$passed passed and $failed failed exits with $code", async ({ passed, failed, code }) => {
    const script = `import { reportAndExit } from "./scripts/steps.mjs"; reportAndExit({ passed: ${passed}, failed: ${failed} });`;
    const result = await run(process.execPath, ["--input-type=module", "--eval", script]);
    expect(result.stdout).toBe(`${passed} passed, ${failed} failed\n`);
    expect(result.code).toBe(code);
  });

  test("totals add up", () => {
    const tallies = [
      { passed: 1, failed: 2 },
      { passed: 3, failed: 4 },
    ];
    expect(sum(tallies)).toEqual({ passed: 4, failed: 6 });
  });
});

describe("the report of the suites", () => {
  const file = (path: string, tests: number, status = "passed") => ({
    name: `${root}/${path}`,
    status,
    assertionResults: Array.from({ length: tests }, () => ({})),
  });
  const report = (
    passed: number,
    failed: number,
    total: number,
    ...testResults: ReturnType<typeof file>[]
  ) => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numTotalTests: total,
    testResults,
  });
  const folders = ["packages/core"];

  test("tests that all passed", () => {
    const found = report(2, 0, 2, file("packages/core/test/a.test.ts", 2));
    expect(judgeReport(found, folders, 0)).toEqual({ tally: { passed: 2, failed: 0 }, complaints: [] });
  });

  test("a folder in which nothing ran is a failure", () => {
    const { tally, complaints } = judgeReport(report(0, 0, 0), folders, 0);
    expect(complaints).toEqual(["no test of packages/core ran"]);
    expect(tally).toEqual({ passed: 0, failed: 1 });
  });

  test("a skipped test is a failure", () => {
    const found = report(1, 0, 2, file("packages/core/test/a.test.ts", 2));
    expect(judgeReport(found, folders, 0).complaints).toEqual(["a test was skipped"]);
  });

  test("a file that cannot be loaded is a failure", () => {
    const broken = file("packages/core/test/b.test.ts", 0, "failed");
    const found = report(1, 0, 1, file("packages/core/test/a.test.ts", 1), broken);
    expect(judgeReport(found, folders, 1).complaints).toEqual([
      "packages/core/test/b.test.ts could not be run",
    ]);
  });

  test("an exit code that no test explains is a failure", () => {
    const found = report(1, 0, 1, file("packages/core/test/a.test.ts", 1));
    expect(judgeReport(found, folders, 1).tally).toEqual({ passed: 1, failed: 1 });
  });
});
