/**
 * What may go out in one call: inputs of which none builds on another. Where one does, it comes in the next call, so
 * that a batch is answered as if sent one by one.
 */
export interface Placed<Input> {
  readonly place: number;
  readonly input: Input;
}

/**
 * Cuts a batch into runs in which no two inputs share a key.
 *
 * @param keysOf what an input touches; `undefined` for one that needs no call
 * @param groupOf inputs of different groups do not go together
 */
export function segmentsOf<Input>(
  inputs: readonly Input[],
  keysOf: (input: Input) => readonly string[] | undefined,
  groupOf: (input: Input) => string = () => "",
): Placed<Input>[][] {
  const segments: Placed<Input>[][] = [];
  let segment: Placed<Input>[] = [];
  let taken = new Set<string>();
  let group = "";
  for (const [place, input] of inputs.entries()) {
    const keys = keysOf(input);
    if (!keys) continue;
    if (segment.length > 0 && (group !== groupOf(input) || keys.some((key) => taken.has(key)))) {
      segments.push(segment);
      segment = [];
      taken = new Set();
    }
    group = groupOf(input);
    for (const key of keys) taken.add(key);
    segment.push({ place, input });
  }
  if (segment.length > 0) segments.push(segment);
  return segments;
}
