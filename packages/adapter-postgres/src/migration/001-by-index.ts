/**
 * How the functions of the tickets' tables look things up: row by row, by index. A plan is kept for as long as the
 * connection lasts, and one that was made for a small table would read a large one as a whole, again and again.
 *
 * These settings leave the order of a join open, and who believes that a table has one row begins there: 1,000 tickets
 * times 1,000 players took 10 s. So rows are looked up one by one (`LATERAL … LIMIT 1`), and written where they were
 * found (`ctid`, which stays while the lock of the pool is held): that leaves one plan, which is made once.
 */
export const BY_INDEX =
  "SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan";
