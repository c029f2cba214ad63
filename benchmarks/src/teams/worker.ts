import { scoresOf, smallScoresOf, type Task } from "./score.js";

// The program of a process that plays traces, one after the other, for as long as it is told to.
process.on("message", (message) => {
  const task = message as Task;
  process.send!(task.kind === "long" ? scoresOf(task) : smallScoresOf(task));
});
process.on("disconnect", () => process.exit());
