import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkSnippets, extractSnippets, uncomment } from "../snippets.mjs";

const block = (...code: string[]) => ["```ts", ...code, "```"].join("\n");

describe("a page is read", () => {
  test("every block is its own module, each line where the page has it", () => {
    const [first, second] = extractSnippets(
      "a.md",
      `# Title\n\n${block("one();")}\n\n${block("two(); // prints: 2")}`,
    );
    expect(first).toMatchObject({ line: 4, runs: true, prints: [] });
    expect(second).toMatchObject({ line: 8, runs: true, prints: ["2"] });
    expect(second?.code.split("\n")[7]).toBe("two(); // prints: 2");
    expect(second?.code).not.toContain("one()");
  });

  test("a block continues the one before it", () => {
    const page = `${block("const one = 1;")}\n\n<!-- snippet: continues -->\n\n${block("use(one);")}`;
    const code = extractSnippets("a.md", page)[1]?.code.split("\n");
    expect(code?.[1]).toBe("const one = 1;");
    expect(code?.[7]).toBe("use(one);");
  });

  test("what continues a block that is not run is not run", () => {
    const page = `<!-- snippet: compile-only: needs a server -->\n${block("one();")}\n<!-- snippet: continues -->\n${block("two();")}`;
    expect(extractSnippets("a.md", page).map(({ runs }) => runs)).toEqual([false, false]);
  });

  test.each([
    ["a block that is compile-only without a reason", `<!-- snippet: compile-only -->\n${block("1;")}`],
    ["a mark that means nothing", `<!-- snippet: ignore -->\n${block("1;")}`],
    ["a first block that continues", `<!-- snippet: continues -->\n${block("1;")}`],
    ["a block in a language that would not be executed", "```js\n1;\n```"],
    ["a block that is never closed", "```ts\n1;"],
  ])("%s is refused", (_, page) => {
    expect(() => extractSnippets("a.md", page)).toThrow("a.md:");
  });

  test("doc comments are pages too", () => {
    const source = ["/**", " * Doubles.", " * ```ts", " * double(2);", " * ```", " */", "const a = 1;"].join(
      "\n",
    );
    expect(extractSnippets("a.ts", uncomment(source))).toMatchObject([{ line: 4, code: "\n\n\ndouble(2);" }]);
  });
});

describe("snippets are executed", () => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const check = (text: string, limitMs?: number) => checkSnippets([{ page: "a.md", text }], limitMs);

  test("what compiles, runs and prints passes", async () => {
    const code = [
      `const two: number = 2;`,
      `console.log(two); // prints: 2`,
      `console.log("not promised");`,
      `console.log("four"); // prints: four`,
    ];
    expect(await check(block(...code))).toEqual({ passed: 1, failed: 0 });
  });

  test.each([
    ["does not compile", `const one: number = "one"; console.log(one);`, "TS2322"],
    [
      "imports what is not exported",
      `import { Nothing } from "@evenmatch/core"; console.log(Nothing);`,
      "TS2305",
    ],
    ["throws", `throw new Error("broken");`, "broken"],
    ["prints something else", `console.log("one"); // prints: two`, "did not print “two”"],
    ["prints more in the line", `console.log("two or 20"); // prints: two`, "did not print “two”"],
    [
      "prints in another order",
      `// prints: one\n// prints: two\nconsole.log("two"); console.log("one");`,
      "did not print “two”",
    ],
    ["prints less often", `// prints: one\n// prints: one\nconsole.log("one");`, "did not print “one”"],
  ])("what %s fails", async (_, code, complaint) => {
    expect(await check(block(code))).toEqual({ passed: 0, failed: 1 });
    expect(printed.join("\n")).toContain(complaint);
  });

  test("what does not end by itself fails", async () => {
    expect(await check(block(`setInterval(() => {}, 1_000);`), 1_000)).toEqual({ passed: 0, failed: 1 });
    expect(printed.join("\n")).toContain("did not end by itself within 1 s");
  });

  test("compile-only is compiled, and not run", async () => {
    const page = (code: string) => `<!-- snippet: compile-only: there is no server -->\n${block(code)}`;
    expect(await check(page(`throw new Error("never run");`))).toEqual({ passed: 1, failed: 0 });
    expect(await check(page(`const one: number = "one";`))).toEqual({ passed: 0, failed: 1 });
  });

  test("pages without a single snippet are a failure", async () => {
    await expect(check("# Nothing here")).rejects.toThrow("no page holds a snippet");
  });
});
