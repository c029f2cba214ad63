import { mapBounded } from "./command.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<string>} run resolves with a line for the report; throws when the step fails
 */

/**
 * @typedef {object} StepResult
 * @property {string} name
 * @property {boolean} ok
 */

/**
 * Runs every step, also after one has failed, and prints each with its result when it ends.
 *
 * @param {readonly Step[]} steps
 * @param {number} [width] how many run side by side; they begin in their order
 * @returns {Promise<StepResult[]>} in the order of the steps
 */
export async function runSteps(steps, width = 1) {
  return mapBounded(steps, runStep, width);
}

/**
 * @param {Step} step
 * @returns {Promise<StepResult>}
 */
async function runStep({ name, run }) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    const detail = await run();
    console.log(`✓ ${name}: ${detail} (${seconds()})`);
    return { name, ok: true };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.log(`✗ ${name} (${seconds()})\n${indent(message)}`);
    return { name, ok: false };
  }
}

/**
 * @param {readonly StepResult[]} results
 * @returns {Tally}
 */
export function tallyOf(results) {
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed };
}

/** @typedef {{ passed: number, failed: number }} Tally */

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  return tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

/**
 * The line that people and CI read. A run in which nothing passed did not test anything, so it fails as well.
 *
 * @param {Tally} tally
 * @returns {never}
 */
export function reportAndExit({ passed, failed }) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, "    ");
}
