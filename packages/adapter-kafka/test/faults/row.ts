import { faultTable, type Calls } from "@evenmatch/services/vitest/adapter";

export { ends, refused, works, worksAgain, type Calls, type Row } from "@evenmatch/services/vitest/adapter";

/** The docs' table, and tests of its rows. */
export const table = faultTable(new URL("../../../../docs/kafka-faults.md", import.meta.url));
export const { fault } = table;

/** All calls at once, as each may take its time. */
export async function atOnce(calls: Calls, judge: (one: Calls) => Promise<unknown>): Promise<void> {
  await Promise.all(Object.entries(calls).map(([name, call]) => judge({ [name]: call })));
}
