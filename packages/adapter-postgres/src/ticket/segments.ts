/** An input of a batch, with its place there. */
export interface Placed<Input> {
  readonly place: number;
  readonly input: Input;
}

/** A batch with the place of each input. */
export function placed<Input>(inputs: readonly Input[]): Placed<Input>[] {
  return inputs.map((input, place) => ({ place, input }));
}

/**
 * Cuts a batch into segments, in each of which no two inputs share a key. A segment goes out in one call, because none
 * of its inputs builds on another; where one does, it comes in the next call, so that a batch is answered as if sent
 * one by one.
 *
 * @param keysOf what an input touches; `undefined` for one that needs no call
 * @param groupOf inputs of different groups do not go together
 */
export function segmentsOf<Input>(
  inputs: readonly Placed<Input>[],
  keysOf: (input: Input) => readonly string[] | undefined,
  groupOf: (input: Input) => string = () => "",
): Placed<Input>[][] {
  const segments: Placed<Input>[][] = [];
  let segment: Placed<Input>[] = [];
  let taken = new Set<string>();
  let last = "";
  for (const next of inputs) {
    const keys = keysOf(next.input);
    if (!keys) continue;
    const group = groupOf(next.input);
    if (segment.length > 0 && (group !== last || keys.some((key) => taken.has(key)))) {
      segments.push(segment);
      segment = [];
      taken = new Set();
    }
    last = group;
    for (const key of keys) taken.add(key);
    segment.push(next);
  }
  if (segment.length > 0) segments.push(segment);
  return segments;
}
