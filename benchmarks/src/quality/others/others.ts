import type { Rule } from "../rule.js";
import { fixedGap } from "./fixed-gap.js";

/** The rules of others, written from their descriptions. */
export const others: readonly Rule[] = [fixedGap];
