import { bands, forced } from "./bands.js";
import type { Chart } from "./chart.js";
import { hours } from "./hours.js";
import { teams } from "./teams.js";
import { sides, trades } from "./trade.js";

/** Every chart of the docs. */
export const charts: readonly Chart[] = [...trades, sides, hours, bands, forced, teams];
