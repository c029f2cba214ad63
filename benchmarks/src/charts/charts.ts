import { bands, forced } from "./bands.js";
import type { Chart } from "./chart.js";
import { hours } from "./hours.js";
import { teams } from "./teams.js";
import { tradeOf } from "./trade.js";

/** Every chart of the docs. */
export const charts: readonly Chart[] = [tradeOf(1), tradeOf(0.2), tradeOf(5), hours, bands, forced, teams];
