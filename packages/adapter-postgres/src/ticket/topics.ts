/** Owners have come or gone, or pools have changed hands. */
export const OWNERS = "owners";
/** These pools have changes; their numbers come along. */
export const POOLS = "pools";
/** Somebody asks the owner of a pool. */
export const QUESTIONS = "questions";
/** A question is answered. */
export const ANSWERS = "answers";
