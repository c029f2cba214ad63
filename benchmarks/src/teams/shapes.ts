/** How many play together, and with whom they come. */
export interface Shape {
  readonly name: string;
  readonly teams: number;
  readonly teamSize: number;
  /** How many of a hundred tickets are parties of 1, 2, … players. */
  readonly sizes: readonly number[];
}

/** Every shape, in the order of the report. */
export const shapes: readonly Shape[] = [
  { name: "2x2", teams: 2, teamSize: 2, sizes: [100] },
  { name: "2x2-parties", teams: 2, teamSize: 2, sizes: [60, 40] },
  { name: "2x5", teams: 2, teamSize: 5, sizes: [100] },
  { name: "2x5-parties", teams: 2, teamSize: 5, sizes: [50, 25, 10, 5, 10] },
];

/** How many players a match has. */
export function playersIn({ teams, teamSize }: Pick<Shape, "teams" | "teamSize">): number {
  return teams * teamSize;
}
