/** Vertices with weighted edges between them; the neighbours of a vertex lie together. */
export interface Graph {
  readonly size: number;
  /** Where the neighbours of each vertex begin, and after the last vertex the end of all. */
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  /** Of the edge to each neighbour: whole numbers of 0 or more. */
  readonly weights: Float64Array;
}

/** Collects edges; an edge that is there already counts once. */
export class GraphBuilder {
  readonly #neighbours: Set<number>[];
  readonly #weight: (one: number, other: number) => number;

  constructor(size: number, weight: (one: number, other: number) => number) {
    this.#neighbours = Array.from({ length: size }, () => new Set());
    this.#weight = weight;
  }

  /** True when the edge is new. */
  add(one: number, other: number): boolean {
    const ones = this.#neighbours[one]!;
    if (one === other || ones.has(other)) return false;
    ones.add(other);
    this.#neighbours[other]!.add(one);
    return true;
  }

  build(): Graph {
    const size = this.#neighbours.length;
    const starts = new Int32Array(size + 1);
    this.#neighbours.forEach((those, vertex) => (starts[vertex + 1] = starts[vertex]! + those.size));
    const neighbours = new Int32Array(starts[size]!);
    const weights = new Float64Array(starts[size]!);
    this.#neighbours.forEach((those, vertex) => {
      let place = starts[vertex]!;
      for (const other of those) {
        neighbours[place] = other;
        weights[place++] = this.#weight(vertex, other);
      }
    });
    return { size, starts, neighbours, weights };
  }
}
