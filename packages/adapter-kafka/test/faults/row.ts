import { faultTable, type Calls } from "@evenmatch/services/vitest/adapter";

export { refused, works, worksAgain, type Calls, type Row } from "@evenmatch/services/vitest/adapter";

/** The rows of the docs' table, and tests of them. */
export const { rows, fault } = faultTable(new URL("../../../../docs/kafka-faults.md", import.meta.url));

/** All calls at once, as each may take its time. */
export async function atOnce(calls: Calls, judge: (one: Calls) => Promise<unknown>): Promise<void> {
  await Promise.all(Object.entries(calls).map(([name, call]) => judge({ [name]: call })));
}
