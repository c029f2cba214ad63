import { Heap } from "../heap.js";

/** Pools that the same owners may run, in the same order. */
interface Kind<Owner> {
  readonly owners: readonly Owner[];
  /** The places of its pools in the list of all, by who runs them. The first of them is the first to move. */
  readonly by: Map<Owner | undefined, Heap<number>>;
}

/** Counts for more than any difference of two owners: a pool that nobody runs comes before all others. */
const NOBODYS = Number.MAX_SAFE_INTEGER;

/**
 * Who runs which pool: spreads pools evenly over owners (no two differ by more than one pool) and moves as few as
 * possible. Pools of an owner that is gone go to whoever has least; then the fullest give to the emptiest. Ties go
 * by the order in which owners and pools are listed, so every process comes to the same answer.
 *
 * The rule makes one move after another, each the one that evens out most. Pools that the same owners may run differ in
 * their places only, so a move is chosen among kinds of pools and owners: P pools of K kinds and O owners take
 * P·(O + log P) to list, and K·O + log P for each of at most about P moves. `spread` of the in-memory store looks at all
 * pools for each move; both come to the same.
 *
 * @param pools every pool, with its present owner if it has one
 * @param ownersOf the owners that may run a pool, the longest-standing first
 * @returns the pools whose owner changes
 */
export function spread<Pool, Owner>(
  pools: ReadonlyMap<Pool, Owner | undefined>,
  ownersOf: (pool: Pool) => readonly Owner[],
): Map<Pool, Owner | undefined> {
  const load = new Map<Owner | undefined, number>();
  const kinds = new Kinds<Owner>();
  const placed: { readonly pool: Pool; readonly kind: Kind<Owner>; owner: Owner | undefined }[] = [];
  const put = (place: number, owner: Owner | undefined): void => {
    const one = placed[place]!;
    one.owner = owner;
    heapOf(one.kind, owner).add(place);
    load.set(owner, owner === undefined ? NOBODYS : (load.get(owner) ?? 0) + 1);
  };
  for (const [pool, owner] of pools) {
    const kind = kinds.of(ownersOf(pool));
    const stays = owner !== undefined && kind.owners.includes(owner);
    placed.push({ pool, kind, owner: undefined });
    put(placed.length - 1, stays ? owner : undefined);
  }
  for (let move = widest(kinds.all, load); move; move = widest(kinds.all, load)) {
    const { kind, from, to } = move;
    kind.by.get(from)!.pop();
    if (from !== undefined) load.set(from, load.get(from)! - 1);
    put(move.place, to);
  }
  const changes = new Map<Pool, Owner | undefined>();
  for (const { pool, owner } of placed) if (owner !== pools.get(pool)) changes.set(pool, owner);
  return changes;
}

interface Move<Owner> {
  readonly kind: Kind<Owner>;
  readonly place: number;
  readonly from: Owner | undefined;
  readonly to: Owner;
}

/** The move that evens out most, if any evens out at all; of several the pool that is listed first. */
function widest<Owner>(
  kinds: Iterable<Kind<Owner>>,
  load: ReadonlyMap<Owner | undefined, number>,
): Move<Owner> | undefined {
  let best: Move<Owner> | undefined;
  let evens = 1;
  for (const kind of kinds) {
    const { owners, by } = kind;
    if (owners.length === 0) continue;
    const to = owners.reduce((least, owner) =>
      (load.get(owner) ?? 0) < (load.get(least) ?? 0) ? owner : least,
    );
    for (const [from, places] of by) {
      const place = places.first;
      if (place === undefined) continue;
      const difference = load.get(from)! - (load.get(to) ?? 0);
      if (difference < evens || (difference === evens && !(best && place < best.place))) continue;
      evens = difference;
      best = { kind, place, from, to };
    }
  }
  return best;
}

function heapOf<Owner>({ by }: Kind<Owner>, owner: Owner | undefined): Heap<number> {
  const heap = by.get(owner) ?? new Heap<number>((one, other) => one < other);
  by.set(owner, heap);
  return heap;
}

/** Finds the kind of a pool, however many lists there are of the same owners. */
class Kinds<Owner> {
  readonly #byList = new Map<readonly Owner[], Kind<Owner>>();
  readonly #byName = new Map<string, Kind<Owner>>();
  readonly #numbers = new Map<Owner, number>();

  get all(): Iterable<Kind<Owner>> {
    return this.#byName.values();
  }

  of(owners: readonly Owner[]): Kind<Owner> {
    const known = this.#byList.get(owners);
    if (known) return known;
    const name = owners.map((owner) => this.#numberOf(owner)).join();
    const kind = this.#byName.get(name) ?? { owners: [...owners], by: new Map() };
    this.#byName.set(name, kind);
    this.#byList.set(owners, kind);
    return kind;
  }

  #numberOf(owner: Owner): number {
    const number = this.#numbers.get(owner) ?? this.#numbers.size;
    this.#numbers.set(owner, number);
    return number;
  }
}
