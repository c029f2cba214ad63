import { faultTable } from "@evenmatch/services/vitest/adapter";

export { refused, works, worksAgain, type Calls, type Row } from "@evenmatch/services/vitest/adapter";

/** The docs' table, and tests of its rows. */
export const table = faultTable(new URL("../../../../docs/redis-faults.md", import.meta.url));
export const { fault } = table;
