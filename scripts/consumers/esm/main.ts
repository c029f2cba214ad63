import { leaseLost } from "@evenmatch/core/adapter";
import { EvenmatchError } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { formMatch } from "./form-match.js";

// Both entry points know one and the same class, or an adapter's errors would not be the library's.
const error = leaseLost({
  pool: { queue: "classic", region: "eu" },
  fence: 1n,
  lost: new AbortController().signal,
});
if (!(error instanceof EvenmatchError)) throw new Error("the entry points do not share their classes");
if (!(new ManualClock() instanceof ManualClock)) throw new Error("@evenmatch/testkit is not whole");
console.log(`met: ${await formMatch()}`);
