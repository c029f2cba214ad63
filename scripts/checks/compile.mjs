import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { root } from "../command.mjs";

/** @typedef {{ files: string[], errors: string }} Compiled what a project compiled, and its messages if it failed */

/** Comments are read where they are types, as the compiler itself does. */
const JSDOC = ts.JSDocParsingMode.ParseForTypeErrors;

/**
 * Compiles projects, each by its own settings and as a program of its own. What several of them import is read once,
 * and checked once: in the project that includes it, as with project references.
 *
 * @param {readonly string[]} projects paths of tsconfig files
 * @returns {Compiled[]}
 */
export function compileProjects(projects) {
  const registry = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames, root, JSDOC);
  return projects.map((project) => compile(project, registry));
}

/**
 * @param {string} project
 * @param {ts.DocumentRegistry} registry
 * @returns {Compiled}
 */
function compile(project, registry) {
  const path = resolve(root, project);
  /** @type {ts.Diagnostic[]} */
  const found = [];
  const config = ts.getParsedCommandLineOfConfigFile(
    path,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => void found.push(diagnostic) },
  );
  const rootNames = config?.fileNames ?? [];
  if (config) {
    const { options, errors } = config;
    const host = sharing(ts.createCompilerHost(options), options, registry);
    const program = ts.createProgram({ rootNames, options, host, configFileParsingDiagnostics: errors });
    found.push(
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getOptionsDiagnostics(),
      ...program.getGlobalDiagnostics(),
      ...rootNames.flatMap((name) => {
        const file = program.getSourceFile(name);
        return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      }),
    );
  }
  return {
    files: rootNames.map((file) => relative(root, file)),
    errors: found.length === 0 ? "" : `${project}:\n${messagesOf(found, dirname(path))}`,
  };
}

/**
 * Takes files from the registry, which has those that other projects read under settings that mean the same to it.
 *
 * @param {ts.CompilerHost} host
 * @param {ts.CompilerOptions} options
 * @param {ts.DocumentRegistry} registry
 * @returns {ts.CompilerHost}
 */
function sharing(host, options, registry) {
  return {
    ...host,
    jsDocParsingMode: JSDOC,
    getSourceFile: (name, how) => {
      const text = host.readFile(name);
      if (text === undefined) return undefined;
      return registry.acquireDocument(name, options, ts.ScriptSnapshot.fromString(text), "", undefined, how);
    },
  };
}

/**
 * @param {readonly ts.Diagnostic[]} diagnostics
 * @param {string} folder
 */
function messagesOf(diagnostics, folder) {
  return ts
    .formatDiagnostics(diagnostics, {
      getCurrentDirectory: () => folder,
      getCanonicalFileName: (name) => name,
      getNewLine: () => "\n",
    })
    .trimEnd();
}

// A process of its own: it computes for as long as it takes, and nothing else could happen meanwhile.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(JSON.stringify(compileProjects(process.argv.slice(2))));
}
