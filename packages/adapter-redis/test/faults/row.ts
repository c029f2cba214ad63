import { faultTable } from "@evenmatch/services/vitest/adapter";

export { refused, works, worksAgain, type Calls, type Row } from "@evenmatch/services/vitest/adapter";

/** The rows of the docs' table, and tests of them. */
export const { rows, fault } = faultTable(new URL("../../../../docs/redis-faults.md", import.meta.url));
