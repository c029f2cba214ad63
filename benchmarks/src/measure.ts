import { benches } from "./benches.js";

// The program of every measuring process: `measure <bench> <row>` measures a row and sends what it found to the
// parent; `measure <bench> <row> <argument>` serves such a process as its peer.
const [benchName, rowName, argument] = process.argv.slice(2);
const row = benches.find(({ name }) => name === benchName)?.rows.find(({ name }) => name === rowName);
if (!row || !process.send) throw new Error("measure is started by the bench command");
if (argument === undefined) {
  try {
    process.send(await row.measure(), () => process.exit());
  } catch (error) {
    console.error(error instanceof Error ? error.stack : error);
    process.exit(1);
  }
} else {
  await row.serve?.(argument);
}
