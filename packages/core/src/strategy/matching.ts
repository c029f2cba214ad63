/** Labels of outermost nodes while a path is searched for: on no tree yet, at an even or at an odd distance from its root. */
const LOOSE = 0;
const EVEN = 1;
const ODD = 2;

/**
 * The largest matching of a graph and, of all so large, one with the smallest total cost: for each vertex its partner,
 * or -1. `costs` is a symmetric matrix, row by row, of whole numbers of 0 or more; `Infinity` where there is no edge.
 * All arithmetic is on whole numbers, and exact while `8 · size · cost` stays below 2⁵³.
 *
 * The method is primal-dual with blossoms. Each vertex has a price, and each edge a slack: the prices of its ends plus
 * twice its cost, never below 0. Only edges without slack are used, so what is found is optimal at every step.
 *
 * 1. Each vertex that is alone is the root of a tree. Of three kinds of events the next one happens, after the prices
 *    at even distance from a root fell, and those at odd distance rose, by as much as it takes.
 * 2. An edge between a tree and a loose node loses its slack: the node and its partner join the tree.
 * 3. An edge between two even nodes does. In two trees, the path between their roots is flipped: one pair more, and
 *    the trees are grown anew. In one tree, the odd cycle becomes a blossom: one even node from now on, with a price of
 *    its own that rises twice as fast.
 * 4. The price of an odd blossom has fallen back to 0: it opens, and its nodes take their places on the tree.
 * 5. No event is left: no larger matching exists.
 *
 * Cost: O(n³) for n vertices, O(n²) numbers. After J. Edmonds, "Maximum matching and a polyhedron with 0,1-vertices"
 * (1965), in the form that Z. Galil describes in "Efficient algorithms for finding maximum matching in graphs" (1986).
 */
export function cheapestMatching(size: number, costs: Float64Array): Int32Array {
  const search = new Search(size, costs);
  while (search.augment());
  return search.mate;
}

/** Nodes are vertices, below `size`, and blossoms, from there on. An edge is its place in the matrix of costs. */
class Search {
  readonly mate: Int32Array;
  /** No more blossoms than this can be there at once: each has three children or more, and none share one. */
  readonly #nodes: number;
  /** Prices. */
  readonly #price: Float64Array;
  /** Of a vertex: the outermost node around it. */
  readonly #outer: Int32Array;
  /** Of a node: the blossom right around it; -1 for outermost ones. */
  readonly #parent: Int32Array;
  /** Of a node: its one vertex that has no partner inside. */
  readonly #base: Int32Array;
  /** Of a blossom: an odd cycle of nodes, the one with the base first, then pairs of partners. Empty: not in use. */
  readonly #children: number[][];
  /**
   * Between two nodes: the edge with the least slack, seen from the first; -1 if there is none. It never changes,
   * because the prices inside a node rise and fall together.
   */
  readonly #best: Int32Array;
  readonly #label: Uint8Array;
  /** Of an odd node: the edge from its tree to it, as the vertex outside and the one inside. */
  readonly #from: Int32Array;
  readonly #at: Int32Array;
  /** Of an outermost node: the even node, other than itself, to which the slack is least; -1 if there is none. */
  readonly #near: Int32Array;

  constructor(
    private readonly size: number,
    private readonly costs: Float64Array,
  ) {
    const nodes = (this.#nodes = size + (size >> 1));
    this.mate = new Int32Array(size).fill(-1);
    this.#price = new Float64Array(nodes);
    this.#outer = Int32Array.from({ length: size }, (_, vertex) => vertex);
    this.#parent = new Int32Array(nodes).fill(-1);
    this.#base = Int32Array.from({ length: nodes }, (_, node) => node);
    this.#children = Array.from({ length: nodes }, () => []);
    this.#best = new Int32Array(nodes * nodes).fill(-1);
    this.#label = new Uint8Array(nodes);
    this.#from = new Int32Array(nodes);
    this.#at = new Int32Array(nodes);
    this.#near = new Int32Array(nodes);
    for (let one = 0; one < size; one++) {
      for (let other = 0; other < size; other++) {
        const edge = one * size + other;
        if (one !== other && (costs[edge] as number) < Infinity) this.#best[one * nodes + other] = edge;
      }
    }
  }

  /** Makes one pair more; false when there are as many as can be. */
  augment(): boolean {
    this.#label.fill(LOOSE);
    this.#near.fill(-1);
    for (let node = 0; node < this.#nodes; node++) {
      if (this.#isOutermost(node) && this.mate[this.#base[node]!]! < 0) this.#makeEven(node);
    }
    for (;;) {
      const node = this.#letNextHappen();
      if (node < 0) return false;
      if (this.#label[node] === ODD) this.#open(node);
      else if (this.#label[node] === LOOSE) this.#grow(node);
      else if (this.#join(this.#near[node]!, node)) return true;
    }
  }

  /** Finds the next event and moves the prices to it. Returns its node, or -1 when nothing can happen any more. */
  #letNextHappen(): number {
    let least = Infinity;
    let next = -1;
    for (let node = 0; node < this.#nodes; node++) {
      if (!this.#isOutermost(node)) continue;
      let by = Infinity;
      if (this.#label[node] === ODD) {
        if (node >= this.size) by = this.#price[node]! / 2;
      } else if (this.#near[node]! >= 0) {
        by = this.#slackBetween(this.#near[node]!, node);
        // Both ends fall. This is even: prices of even vertices are even together or odd together.
        if (this.#label[node] === EVEN) by /= 2;
      }
      if (by < least) {
        least = by;
        next = node;
      }
    }
    if (next >= 0 && least > 0) this.#movePrices(least);
    return next;
  }

  #movePrices(by: number): void {
    for (let vertex = 0; vertex < this.size; vertex++) {
      const label = this.#label[this.#outer[vertex]!];
      if (label !== LOOSE) this.#price[vertex]! += label === EVEN ? -by : by;
    }
    for (let blossom = this.size; blossom < this.#nodes; blossom++) {
      if (!this.#isOutermost(blossom)) continue;
      const label = this.#label[blossom];
      if (label !== LOOSE) this.#price[blossom]! += label === EVEN ? 2 * by : -2 * by;
    }
  }

  /** A loose node joins the tree of the even node next to it, and so does its partner. */
  #grow(node: number): void {
    this.#makeOdd(node, this.#edge(this.#near[node]!, node));
    this.#makeEven(this.#outer[this.mate[this.#base[node]!]!]!);
  }

  #makeOdd(node: number, edge: number): void {
    this.#label[node] = ODD;
    this.#from[node] = this.#tail(edge);
    this.#at[node] = this.#head(edge);
  }

  /** From now on this node may be the nearest even one of any other. */
  #makeEven(even: number): void {
    this.#label[even] = EVEN;
    for (let node = 0; node < this.#nodes; node++) {
      if (node === even || !this.#isOutermost(node) || this.#edge(even, node) < 0) continue;
      const near = this.#near[node]!;
      // What was near may lie inside a blossom by now, and this is the blossom.
      const isNearer =
        near < 0 ||
        this.#parent[near]! >= 0 ||
        this.#slackBetween(even, node) < this.#slackBetween(near, node);
      if (isNearer) this.#near[node] = even;
    }
  }

  #findNear(node: number): void {
    this.#near[node] = -1;
    let least = Infinity;
    for (let even = 0; even < this.#nodes; even++) {
      const isEven = even !== node && this.#isOutermost(even) && this.#label[even] === EVEN;
      if (!isEven || this.#edge(even, node) < 0) continue;
      const slack = this.#slackBetween(even, node);
      if (slack >= least) continue;
      least = slack;
      this.#near[node] = even;
    }
  }

  /** Two even nodes meet. True when that made one pair more. */
  #join(one: number, other: number): boolean {
    const oneWay = this.#wayToRoot(one);
    const otherWay = this.#wayToRoot(other);
    if (oneWay.at(-1) !== otherWay.at(-1)) {
      const edge = this.#edge(one, other);
      this.#flip(this.#tail(edge), this.#head(edge));
      this.#flip(this.#head(edge), this.#tail(edge));
      return true;
    }
    let fork = one;
    while (oneWay.length > 0 && oneWay.at(-1) === otherWay.at(-1)) {
      fork = oneWay.pop()!;
      otherWay.pop();
    }
    this.#close([fork, ...oneWay.reverse(), ...otherWay]);
    return false;
  }

  #wayToRoot(even: number): number[] {
    const way = [even];
    for (let partner: number; (partner = this.mate[this.#base[even]!]!) >= 0;) {
      const odd = this.#outer[partner]!;
      even = this.#outer[this.#from[odd]!]!;
      way.push(odd, even);
    }
    return way;
  }

  /** Makes `vertex`, in an even node, the partner of `partner`, and changes partners from there up to the root. */
  #flip(vertex: number, partner: number): void {
    for (;;) {
      const even = this.#outer[vertex]!;
      const left = this.mate[this.#base[even]!]!;
      this.#rebase(even, vertex);
      this.mate[vertex] = partner;
      if (left < 0) return;
      const odd = this.#outer[left]!;
      partner = this.#at[odd]!;
      vertex = this.#from[odd]!;
      this.#rebase(odd, partner);
      this.mate[partner] = vertex;
    }
  }

  /** Changes partners inside a node so that this vertex is the one without. */
  #rebase(node: number, vertex: number): void {
    this.#base[node] = vertex;
    if (node < this.size) return;
    const children = this.#children[node]!;
    const first = this.#childAround(vertex, node);
    const turned = [...children.slice(first), ...children.slice(0, first)];
    this.#children[node] = turned;
    this.#rebase(turned[0]!, vertex);
    // Of the pairs in the new order, those from the new base the short way round to the old one are new.
    const end = children.length - first;
    const [start, stop] = first % 2 === 0 ? [end, children.length] : [1, end];
    for (let place = start; place < stop; place += 2) {
      const one = turned[place]!;
      const other = turned[place + 1]!;
      const edge = this.#edge(one, other);
      this.#rebase(one, this.#tail(edge));
      this.#rebase(other, this.#head(edge));
      this.mate[this.#tail(edge)] = this.#head(edge);
      this.mate[this.#head(edge)] = this.#tail(edge);
    }
  }

  /** The place in a blossom of the child around a vertex. */
  #childAround(vertex: number, blossom: number): number {
    let node = vertex;
    while (this.#parent[node] !== blossom) node = this.#parent[node]!;
    return this.#children[blossom]!.indexOf(node);
  }

  /** An odd cycle of outermost nodes, the one nearest to the root first, becomes a blossom. */
  #close(children: number[]): void {
    let blossom = this.size;
    while (this.#children[blossom]!.length > 0) blossom++;
    this.#children[blossom] = children;
    this.#parent[blossom] = -1;
    this.#base[blossom] = this.#base[children[0]!]!;
    this.#price[blossom] = 0;
    for (const child of children) {
      this.#parent[child] = blossom;
      this.#surround(child, blossom);
    }
    for (let node = 0; node < this.#nodes; node++) {
      if (!this.#isInUse(node) || this.#outer[this.#base[node]!] === blossom) continue;
      let best = -1;
      for (const child of children) {
        const edge = this.#edge(child, node);
        if (edge >= 0 && (best < 0 || this.#slack(edge) < this.#slack(best))) best = edge;
      }
      this.#best[blossom * this.#nodes + node] = best;
      this.#best[node * this.#nodes + blossom] =
        best < 0 ? -1 : this.#head(best) * this.size + this.#tail(best);
    }
    this.#makeEven(blossom);
    this.#findNear(blossom);
  }

  /** An odd blossom opens: the way through it stays on the tree, its other children are loose. */
  #open(blossom: number): void {
    const children = this.#children[blossom]!;
    const first = this.#childAround(this.#at[blossom]!, blossom);
    const way =
      first % 2 === 0 ? children.slice(0, first + 1).reverse() : [...children.slice(first), children[0]!];
    this.#children[blossom] = [];
    for (const child of children) {
      this.#parent[child] = -1;
      this.#label[child] = LOOSE;
      this.#surround(child, child);
      this.#findNear(child);
    }
    this.#makeOdd(way[0]!, this.#from[blossom]! * this.size + this.#at[blossom]!);
    for (let place = 1; place < way.length; place += 2) {
      this.#makeOdd(way[place + 1]!, this.#edge(way[place]!, way[place + 1]!));
      this.#makeEven(way[place]!);
    }
  }

  #surround(node: number, outer: number): void {
    if (node < this.size) this.#outer[node] = outer;
    else for (const child of this.#children[node]!) this.#surround(child, outer);
  }

  #isInUse(node: number): boolean {
    return node < this.size || this.#children[node]!.length > 0;
  }

  #isOutermost(node: number): boolean {
    return this.#parent[node]! < 0 && this.#isInUse(node);
  }

  #edge(one: number, other: number): number {
    return this.#best[one * this.#nodes + other]!;
  }

  #slackBetween(one: number, other: number): number {
    return this.#slack(this.#edge(one, other));
  }

  #slack(edge: number): number {
    return this.#price[this.#tail(edge)]! + this.#price[this.#head(edge)]! + 2 * this.costs[edge]!;
  }

  #tail(edge: number): number {
    return (edge / this.size) | 0;
  }

  #head(edge: number): number {
    return edge % this.size;
  }
}
