import * as adapter from "@evenmatch/core/adapter";
import { EvenmatchError } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { formMatch } from "./form-match.js";

if (Object.keys(adapter).length === 0) throw new Error("@evenmatch/core/adapter exports nothing");
if (!(new ManualClock() instanceof ManualClock)) throw new Error("@evenmatch/testkit is not whole");
if (typeof EvenmatchError !== "function") throw new Error("@evenmatch/core is not whole");
console.log(`met: ${await formMatch()}`);
