import { everyRowIsTested } from "@evenmatch/services/vitest/adapter";
import { table } from "./row.js";

everyRowIsTested(table, new URL(".", import.meta.url), 15);
