/**
 * Whether parties fill teams exactly. `must` counts parties by size (index = size) that have to be placed, `may`
 * counts those that can be placed besides; the question is whether `teams` teams of `teamSize` can be filled with
 * all of the first and any of the second.
 *
 * Filling teams is bin packing, so the general case is a search; it is small because teams are, and remembers what
 * it has refuted. The usual cases (enough single players, or nothing but them) are answered without it.
 */
export function canFill(
  must: readonly number[],
  may: readonly number[],
  teams: number,
  teamSize: number,
): boolean {
  let needed = teams * teamSize;
  for (let size = 1; size <= teamSize; size++) needed -= size * (must[size] ?? 0);
  if (needed < 0) return false;
  let available = 0;
  for (let size = 1; size <= teamSize; size++) available += size * (may[size] ?? 0);
  if (available < needed) return false;
  const capped = may.map((count, size) => (size === 0 ? 0 : Math.min(count, Math.floor(needed / size))));
  return fill([...must], capped, teams, teamSize, teamSize, teamSize, new Set());
}

/**
 * Places parties from large to small, team by team: `room` is what is left in the current team, `largest` the
 * largest size still tried in it.
 */
function fill(
  must: number[],
  may: number[],
  teams: number,
  teamSize: number,
  room: number,
  largest: number,
  refuted: Set<string>,
): boolean {
  if (teams === 0) return must.every((count) => !count);
  if (room === 0) return fill(must, may, teams - 1, teamSize, teamSize, teamSize, refuted);
  const state = `${teams},${room},${largest};${must.join()};${may.join()}`;
  if (refuted.has(state)) return false;
  for (let size = Math.min(largest, room); size > 0; size--) {
    for (const parties of [must, may]) {
      const count = parties[size] ?? 0;
      if (count === 0) continue;
      parties[size] = count - 1;
      const filled = fill(must, may, teams, teamSize, room - size, size, refuted);
      parties[size] = count;
      if (filled) return true;
    }
  }
  refuted.add(state);
  return false;
}

/** Deals parties of these sizes, which fill the teams exactly, to teams; returns the team of each. */
export function deal(sizes: readonly number[], teams: number, teamSize: number): number[] {
  const room = Array.from({ length: teams }, () => teamSize);
  const order = sizes
    .map((_, index) => index)
    .sort((one, other) => (sizes[other] as number) - (sizes[one] as number) || one - other);
  const teamOf = sizes.map(() => -1);
  const place = (next: number): boolean => {
    const index = order[next];
    if (index === undefined) return true;
    const size = sizes[index] as number;
    const tried = new Set<number>();
    for (let team = 0; team < teams; team++) {
      const left = room[team] as number;
      // Teams with equal room are alike: trying one of them is trying all.
      if (left < size || tried.has(left)) continue;
      tried.add(left);
      room[team] = left - size;
      teamOf[index] = team;
      if (place(next + 1)) return true;
      room[team] = left;
    }
    return false;
  };
  place(0);
  return teamOf;
}
