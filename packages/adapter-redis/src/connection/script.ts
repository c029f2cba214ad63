/**
 * A script of the server: one change of state, or one look at it. Its text opens with its keys, its arguments and what
 * it promises.
 */
export interface Script {
  readonly name: string;
  readonly text: string;
}

/** Sends a command that reads one key. Keys: that one. Arguments: the command, and what follows the key. */
export const LOOK: Script = {
  name: "look",
  text: "return redis.call(ARGV[1], KEYS[1], unpack(ARGV, 2))",
};

/** Gives the text of a script back with the digest by which the server knows it. */
export const DIGEST = "return redis.sha1hex(ARGV[1])";
