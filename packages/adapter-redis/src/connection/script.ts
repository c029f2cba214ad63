/**
 * A script of the server: one change of state, or one look at it. Its text opens with its keys, its arguments and what
 * it promises.
 */
export interface Script {
  readonly name: string;
  readonly text: string;
}

/** Gives the text of a script back with the digest by which the server knows it. */
export const DIGEST = "return redis.sha1hex(ARGV[1])";
