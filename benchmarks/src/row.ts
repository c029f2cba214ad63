/** What a row promises: the ratio, or our own figure, on one side of a limit; or nothing, and it is only reported. */
export interface Goal {
  readonly of: "ratio" | "ours";
  readonly bound: "at most" | "at least";
  readonly limit: number;
}

/** What the reference must reach to count: half of what is known of it. */
export interface Strength {
  readonly bound: "at most" | "at least";
  readonly limit: number;
  readonly known: number;
}

/** What a row measured, in its unit. */
export interface Measurement {
  readonly ours: number;
  readonly reference: number;
  /** What of the reference is held against what is known of it, where that is not the figure above. */
  readonly strength?: number;
  /** What else the run showed, in sentences for people. */
  readonly notes: readonly string[];
}

/** One line of a benchmark: ours against a reference that did the same in the same run. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly goal: Goal | undefined;
  readonly strength?: Strength;
  /** Ends what takes longer, in minutes; ten when left out. */
  readonly longest?: number;
  /** Runs in a process of its own, started with `--expose-gc`. */
  measure(): Promise<Measurement>;
  /** Serves a measurement from a further process, see `peer.ts`. */
  serve?(argument: string): Promise<void>;
}

/** What the rows of a benchmark share. */
export interface Prepared {
  /** Tells the process of each row where to find it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A benchmark: `npm run bench -- <name>`. */
export interface Bench {
  readonly name: string;
  /** Makes once what takes too long to make for each row. */
  prepare?(): Promise<Prepared>;
  readonly rows: readonly Row[];
}
