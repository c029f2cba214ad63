import { Events } from "./events.js";
import type { Graph } from "./graph.js";
import { FREE, INNER, OUTER, pairsBut, Region, reversed, type Link, type Tree } from "./region.js";

/** Duals that prove a matching to be the lightest, in half units of weight. */
export interface Duals {
  /** One for each vertex. */
  readonly vertices: Float64Array;
  /** Odd sets of vertices, each with a dual above 0. */
  readonly blossoms: readonly { readonly vertices: readonly number[]; readonly dual: number }[];
}

/** A perfect matching of the least weight, with its proof. */
export interface Solution {
  /** The other end of each vertex's edge. */
  readonly mates: Int32Array;
  readonly duals: Duals;
}

/**
 * The perfect matching of the least total weight, by Edmonds' blossom algorithm (Maximum matching and a polyhedron with
 * 0,1-vertices, 1965) with all trees growing at once, as events in time:
 *
 * 1. Every vertex starts as a tree of its own. The dual of an outer region grows by 1 in a unit of time, that of an
 *    inner one shrinks, and all others rest. An edge whose ends' duals add up to its weight is tight.
 * 2. An edge becomes tight between an outer region and a matched one of no tree: both of that match join the tree,
 *    as inner and outer. Between two trees: the path from root to root is flipped, one more pair is matched, and both
 *    trees fall apart. Within a tree: the odd cycle becomes a blossom, an outer region from now on.
 * 3. An inner blossom whose dual has come down to 0 is taken apart, and those of its children that lie on the way
 *    through it stay in the tree.
 * 4. When no tree is left, matches within blossoms follow from where each is matched outside.
 *
 * An outer vertex knows only when its next edge may become tight, and looks again then. Weights count double, so that
 * everything stays a whole number: the duals of all outer vertices are of the parity of time.
 *
 * Cost: O(n · m · log m) at worst; where trees stay small because neighbours are close, about O(m log m).
 * Throws where the graph has no perfect matching.
 */
export function lightestPerfectMatching(graph: Graph): Solution {
  return new Search(graph).solve();
}

class Search {
  #now = 0;
  #trees = 0;
  #marks = 0;
  readonly #graph: Graph;
  /** Vertices first, each at its own number; then blossoms, dead ones included. */
  readonly #regions: Region[];
  /** The outermost region of each vertex. */
  readonly #top: Region[];
  /** The duals of all regions around a vertex but the outermost. */
  readonly #below: Float64Array;
  /** When each outer vertex looks at its edges again. */
  readonly #looksAt: Float64Array;
  /** A vertex that looks, or an inner blossom that may be empty. */
  readonly #events = new Events();

  constructor(graph: Graph) {
    const { size } = graph;
    this.#graph = graph;
    this.#regions = Array.from({ length: size }, (_, vertex) => new Region(vertex, [vertex], [], [], 0));
    this.#top = [...this.#regions];
    this.#below = new Float64Array(size);
    this.#looksAt = new Float64Array(size).fill(Infinity);
  }

  solve(): Solution {
    const { size } = this.#graph;
    this.#trees = size;
    for (const region of this.#top) {
      region.tree = { members: [region] };
      region.become(OUTER, 0);
    }
    for (let vertex = 0; vertex < size; vertex++) this.#schedule(vertex);
    while (this.#trees > 0) {
      if (this.#events.size === 0) throw new Error("the graph has no perfect matching");
      this.#now = this.#events.time;
      const what = this.#events.pop();
      if (what < size) this.#look(what);
      else this.#empty(this.#regions[what]!);
    }
    return { mates: this.#mates(), duals: this.#duals() };
  }

  /** The duals of all regions around a vertex. */
  #reach(vertex: number): number {
    return this.#below[vertex]! + this.#top[vertex]!.dual(this.#now);
  }

  /** An outer vertex finds out when its next edge may become tight. */
  #schedule(vertex: number): void {
    const { starts, neighbours, weights } = this.#graph;
    const top = this.#top[vertex]!;
    const reach = this.#reach(vertex);
    let soonest = Infinity;
    for (let place = starts[vertex]!; place < starts[vertex + 1]!; place++) {
      const other = neighbours[place]!;
      const { role } = this.#top[other]!;
      if (role === INNER || this.#top[other] === top) continue;
      const slack = 2 * weights[place]! - reach - this.#reach(other);
      soonest = Math.min(soonest, role === OUTER ? slack / 2 : slack);
    }
    this.#looksAt[vertex] = this.#now + soonest;
    if (soonest < Infinity) this.#events.add(this.#now + soonest, vertex);
  }

  /** A vertex that rests now may be reached by outer neighbours that did not count with it. */
  #tellNeighbours(vertex: number): void {
    const { starts, neighbours, weights } = this.#graph;
    const reach = this.#reach(vertex);
    for (let place = starts[vertex]!; place < starts[vertex + 1]!; place++) {
      const other = neighbours[place]!;
      if (this.#top[other]!.role !== OUTER) continue;
      const at = this.#now + 2 * weights[place]! - reach - this.#reach(other);
      if (at >= this.#looksAt[other]!) continue;
      this.#looksAt[other] = at;
      this.#events.add(at, other);
    }
  }

  #look(vertex: number): void {
    const top = this.#top[vertex]!;
    if (this.#looksAt[vertex] !== this.#now || top.role !== OUTER) return;
    const { starts, neighbours, weights } = this.#graph;
    const reach = this.#reach(vertex);
    for (let place = starts[vertex]!; place < starts[vertex + 1]!; place++) {
      const other = neighbours[place]!;
      const met = this.#top[other]!;
      if (met === top || met.role === INNER || 2 * weights[place]! !== reach + this.#reach(other)) continue;
      if (met.role === FREE) this.#grow(top, { own: other, other: vertex });
      else if (met.tree === top.tree) this.#shrink(top, met, { own: vertex, other });
      else this.#augment(top, met, { own: vertex, other });
      break;
    }
    if (this.#top[vertex]!.role === OUTER) this.#schedule(vertex);
  }

  /** A matched pair joins the tree below an outer region. */
  #grow(above: Region, up: Link): void {
    const inner = this.#top[up.own]!;
    const outer = this.#top[inner.match!.other]!;
    this.#becomeInner(inner, above.tree!, up);
    this.#becomeOuter(outer, above.tree!);
    for (const vertex of outer.vertices) this.#schedule(vertex);
  }

  #becomeInner(region: Region, tree: Tree, up: Link): void {
    region.tree = tree;
    tree.members.push(region);
    region.up = up;
    region.become(INNER, this.#now);
    if (region.isBlossom) this.#events.add(region.emptyAt, region.id);
  }

  #becomeOuter(region: Region, tree: Tree): void {
    region.tree = tree;
    tree.members.push(region);
    region.up = undefined;
    region.become(OUTER, this.#now);
  }

  /** Two trees meet: one pair more, and everybody in them rests. */
  #augment(one: Region, other: Region, link: Link): void {
    const members = [...one.tree!.members, ...other.tree!.members];
    this.#flip(one, link);
    this.#flip(other, reversed(link));
    this.#trees -= 2;
    const resting = members.filter(({ tree, blossom }) => tree && !blossom);
    for (const region of resting) {
      region.become(FREE, this.#now);
      region.tree = region.up = undefined;
    }
    for (const { vertices } of resting) for (const vertex of vertices) this.#tellNeighbours(vertex);
  }

  /** Matches an outer region anew, and all those above it the other way round. */
  #flip(outer: Region, link: Link): void {
    for (let before = outer.match; ; before = outer.match) {
      outer.match = link;
      if (!before) return;
      const inner = this.#top[before.other]!;
      inner.match = inner.up!;
      link = reversed(inner.up!);
      outer = this.#top[link.own]!;
    }
  }

  /** Two outer regions of a tree meet: the cycle through the tree becomes one region. */
  #shrink(one: Region, other: Region, link: Link): void {
    const base = this.#commonOf(one, other);
    const down = this.#pathUp(one, base);
    const up = this.#pathUp(other, base);
    const children = [base, ...down.regions.reverse(), ...up.regions];
    const links = [...down.links.reverse().map(reversed), link, ...up.links];
    const vertices = children.flatMap((child) => child.vertices);
    const now = this.#now;
    const blossom = new Region(this.#regions.length, vertices, children, links, now);
    this.#regions.push(blossom);
    blossom.match = base.match;
    this.#becomeOuter(blossom, base.tree!);
    const awakened: Region[] = [];
    for (const child of children) {
      if (child.role === INNER) awakened.push(child);
      child.become(FREE, now);
      child.blossom = blossom;
      child.tree = child.up = undefined;
      for (const vertex of child.vertices) {
        this.#below[vertex] = this.#below[vertex]! + child.dual(now);
        this.#top[vertex] = blossom;
      }
    }
    for (const child of awakened) for (const vertex of child.vertices) this.#schedule(vertex);
  }

  /** The outer region above this one, by two edges; `undefined` above the root. */
  #outerAbove(outer: Region): Region | undefined {
    return outer.match && this.#top[this.#top[outer.match.other]!.up!.other];
  }

  /** The lowest outer region above both. */
  #commonOf(one: Region, other: Region): Region {
    const mark = ++this.#marks;
    let next: Region | undefined = one;
    let later: Region | undefined = other;
    for (;;) {
      if (next) {
        if (next.mark === mark) return next;
        next.mark = mark;
        next = this.#outerAbove(next);
      }
      [next, later] = [later, next];
    }
  }

  /** Everybody from an outer region up to, but without, another, and the edges from each to the next. */
  #pathUp(from: Region, to: Region): { readonly regions: Region[]; readonly links: Link[] } {
    const regions: Region[] = [];
    const links: Link[] = [];
    for (let outer = from; outer !== to;) {
      const inner = this.#top[outer.match!.other]!;
      regions.push(outer, inner);
      links.push(outer.match!, inner.up!);
      outer = this.#top[inner.up!.other]!;
    }
    return { regions, links };
  }

  /** An inner blossom may have nothing left: it is taken apart, and the way through it stays in the tree. */
  #empty(blossom: Region): void {
    if (blossom.role !== INNER || blossom.emptyAt !== this.#now) return;
    const tree = blossom.tree!;
    this.#dissolve(blossom);
    const { children } = blossom;
    const match = blossom.match!;
    const exit = children.indexOf(this.#top[match.own]!);
    children[exit]!.match = match;
    for (const [one, other, link] of pairsBut(blossom, exit)) {
      one.match = link;
      other.match = reversed(link);
    }
    this.#keepWay(blossom, tree, exit);
    for (const child of children) {
      if (child.role === INNER) continue;
      for (const vertex of child.vertices) {
        if (child.role === OUTER) this.#schedule(vertex);
        else this.#tellNeighbours(vertex);
      }
    }
  }

  /** The children of a blossom are outermost again, and rest. */
  #dissolve(blossom: Region): void {
    const now = this.#now;
    blossom.become(FREE, now);
    blossom.tree = undefined;
    for (const child of blossom.children) {
      child.blossom = undefined;
      child.become(FREE, now);
      for (const vertex of child.vertices) {
        this.#below[vertex] = this.#below[vertex]! - child.dual(now);
        this.#top[vertex] = child;
      }
    }
  }

  /**
   * From the child by which the blossom hung in the tree to the one by which it is matched, the way round that has an
   * even number of steps: along it, children are inner and outer by turns.
   */
  #keepWay({ children, links, up }: Region, tree: Tree, exit: number): void {
    const count = children.length;
    const entry = children.indexOf(this.#top[up!.own]!);
    const forward = (exit - entry + count) % count;
    const isForward = forward % 2 === 0;
    const steps = isForward ? forward : count - forward;
    let above = up!;
    for (let done = 0, place = entry; done <= steps; done++) {
      const child = children[place]!;
      const next = (place + (isForward ? 1 : count - 1)) % count;
      if (done % 2 === 0) {
        this.#becomeInner(child, tree, above);
      } else {
        this.#becomeOuter(child, tree);
        // From the next child, an inner one, back to this.
        above = isForward ? reversed(links[place]!) : links[next]!;
      }
      place = next;
    }
  }

  #mates(): Int32Array {
    const mates = new Int32Array(this.#graph.size);
    const open: [Region, Link][] = [...new Set(this.#top)].map((region) => [region, region.match!]);
    for (let next = open.pop(); next; next = open.pop()) {
      const [region, match] = next;
      if (!region.isBlossom) {
        mates[match.own] = match.other;
        continue;
      }
      const place = region.children.indexOf(this.#childOf(region, match.own));
      open.push([region.children[place]!, match]);
      for (const [one, other, link] of pairsBut(region, place))
        open.push([one, link], [other, reversed(link)]);
    }
    return mates;
  }

  /** The child of a blossom that holds a vertex. */
  #childOf(blossom: Region, vertex: number): Region {
    let child = this.#regions[vertex]!;
    while (child.blossom !== blossom) child = child.blossom!;
    return child;
  }

  #duals(): Duals {
    const vertices = Float64Array.from(this.#top, (_, vertex) => this.#regions[vertex]!.dual(this.#now));
    const living = new Set<Region>();
    for (const region of this.#regions.slice(0, vertices.length)) {
      for (let { blossom } = region; blossom; { blossom } = blossom) living.add(blossom);
    }
    const blossoms = [...living]
      .map((region) => ({ vertices: region.vertices, dual: region.dual(this.#now) }))
      .filter(({ dual }) => dual > 0);
    return { vertices, blossoms };
  }
}
