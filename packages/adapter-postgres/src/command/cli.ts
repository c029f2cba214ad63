import { run } from "./command.js";

process.exitCode = await run(process.argv.slice(2), process.env, {
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(`${text}\n`),
});
