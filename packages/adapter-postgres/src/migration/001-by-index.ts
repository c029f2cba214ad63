/**
 * How the functions of the tickets' tables look things up: row by row, by index. A plan is kept for as long as the
 * connection lasts, and one that was made for a small table would read a large one as a whole, again and again.
 */
export const BY_INDEX =
  "SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off";
