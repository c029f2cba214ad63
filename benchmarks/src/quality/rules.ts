import { others } from "./others/others.js";
import { ours } from "./ours.js";
import type { Rule } from "./rule.js";

/** Every rule of the table. */
export const rules: readonly Rule[] = [...ours, ...others];
