import type { Evidence } from "../evidence.js";
import type { HistoryEntry } from "../history.js";
import type { LossWindow } from "../loss-window.js";

/** What the run was like, where that changes what may be demanded. */
export interface CheckOptions {
  /** The run was stopped while tickets still waited, which is then an end as good as any. */
  readonly mayWait?: boolean | undefined;
  /** Processes that were killed: what they were not told is not held against anyone. */
  readonly killed?: readonly string[] | undefined;
  /** Players who went away for good: that they were not told is not held against anyone. */
  readonly absent?: readonly string[] | undefined;
  /** When the store may have gone back on what it acknowledged; never when left out. */
  readonly lossWindows?: readonly LossWindow[] | undefined;
}

/** Reports what breaks a rule: a sentence, and the entries it rests on. */
export type Report = (message: string, entries?: readonly HistoryEntry[]) => void;

/** One rule that a history is held to. */
export interface Rule {
  /** The promise, as one sentence. */
  readonly sentence: string;
  readonly check: (evidence: Evidence, report: Report, options: CheckOptions) => void;
}
