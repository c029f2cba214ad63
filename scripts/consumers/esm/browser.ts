import { formMatch } from "./form-match.js";

/** The page, or the test in its place, waits for this. */
export const result = formMatch();
