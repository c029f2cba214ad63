/** An edge as seen from one end. */
export interface Link {
  /** The vertex on this side. */
  readonly own: number;
  readonly other: number;
}

/** What a region does: its dual grows in an outer one, shrinks in an inner one, and rests where it is in no tree. */
export const OUTER = 1;
export const INNER = -1;
export const FREE = 0;
export type Role = typeof OUTER | typeof INNER | typeof FREE;

/** An alternating tree: one region that is not matched yet, and all that hangs on it. */
export interface Tree {
  /** Everybody who ever was in it; whoever has become part of a blossom, or was taken apart, counts no more. */
  readonly members: Region[];
}

/** A vertex, or a blossom: an odd cycle of regions that act as one. */
export class Region {
  role: Role = FREE;
  tree: Tree | undefined;
  /** The blossom that it is part of. */
  blossom: Region | undefined;
  /** The edge by which it is matched; none for the root of a tree. */
  match: Link | undefined;
  /** From an inner region to the outer one above it in the tree. */
  up: Link | undefined;
  /** Scratch for walks up a tree. */
  mark = 0;
  /** The dual at an instant; it changes by the role from then on. */
  #dual = 0;
  #since: number;

  /**
   * @param id its place in the list of all regions
   * @param vertices all of them, those of inner blossoms included
   * @param children of a blossom, around the cycle
   * @param links from each child to the next
   */
  constructor(
    readonly id: number,
    readonly vertices: readonly number[],
    readonly children: readonly Region[],
    readonly links: readonly Link[],
    now: number,
  ) {
    this.#since = now;
  }

  get isBlossom(): boolean {
    return this.children.length > 0;
  }

  dual(now: number): number {
    return this.#dual + this.role * (now - this.#since);
  }

  become(role: Role, now: number): void {
    this.#dual = this.dual(now);
    this.#since = now;
    this.role = role;
  }

  /** When the dual of an inner region is 0. */
  get emptyAt(): number {
    return this.#since + this.#dual;
  }
}

/** The same edge from the other end. */
export function reversed({ own, other }: Link): Link {
  return { own: other, other: own };
}

/**
 * The children of a blossom but for one, in pairs around the cycle, each with the edge between them: how they are
 * matched once that one is matched outside.
 */
export function* pairsBut(blossom: Region, place: number): Iterable<[Region, Region, Link]> {
  const { children, links } = blossom;
  const count = children.length;
  for (let step = 1; step < count; step += 2) {
    const one = (place + step) % count;
    yield [children[one]!, children[(one + 1) % count]!, links[one]!];
  }
}
