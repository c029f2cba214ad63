import { scoresOf, type Task } from "./score.js";

// The program of a process that plays traces, one after the other, for as long as it is told to.
process.on("message", (task) => process.send!(scoresOf(task as Task)));
process.on("disconnect", () => process.exit());
