import { at, mark, path, text, through, type LookName, type Point } from "./svg.js";

/** One direction of a plot: which values lie between its ends, and what is written beside it. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Equal ratios get equal room. */
  readonly log: boolean;
  readonly ticks: readonly number[];
  readonly title: string;
  readonly tick?: (value: number) => string;
}

/** Where a plot lies in the picture. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Values drawn as places: a frame with two axes. */
export class Plot {
  readonly right: number;
  readonly bottom: number;
  /** Where a label would hide something. */
  readonly #taken: Frame[] = [];

  constructor(
    readonly frame: Frame,
    readonly across: Axis,
    readonly up: Axis,
  ) {
    this.right = frame.left + frame.width;
    this.bottom = frame.top + frame.height;
  }

  /** Where a value is drawn; those beyond an end are drawn at it. */
  place(x: number, y: number): Point {
    const { left, width, height } = this.frame;
    return [left + width * share(this.across, x), this.bottom - height * share(this.up, y)];
  }

  has(x: number, y: number): boolean {
    return x >= this.across.from && x <= this.across.to && y >= this.up.from && y <= this.up.to;
  }

  /** Grid, ticks and titles. */
  axes(): string[] {
    const { frame, across, up, right, bottom } = this;
    const { left, top } = frame;
    const parts: string[] = [];
    for (const value of up.ticks) {
      const [, y] = this.place(across.from, value);
      parts.push(path("grid", `M ${left} ${at(y)} H ${right}`));
      parts.push(text("note end", left - 9, y + 4.5, (up.tick ?? String)(value)));
    }
    for (const value of across.ticks) {
      const [x] = this.place(value, up.from);
      parts.push(path("grid", `M ${at(x)} ${top} V ${bottom}`));
      parts.push(text("note mid", x, bottom + 19, (across.tick ?? String)(value)));
    }
    parts.push(path("axis", `M ${left} ${top} V ${bottom} H ${right}`));
    parts.push(text("word", left - 40, top - 13, up.title));
    if (across.title) parts.push(text("word end", right, bottom + 40, across.title));
    return parts;
  }

  /** A line through values with a mark at each, as far as they are between the ends. */
  line(look: LookName, values: readonly Point[], classes = "line"): string[] {
    const inside = values.filter(([x, y]) => this.has(x, y)).map(([x, y]) => this.place(x, y));
    for (const [x, y] of inside) this.#taken.push({ left: x - 5, top: y - 5, width: 10, height: 10 });
    const strokes = inside.length > 1 ? [path(`${classes} ${look}`, through(inside))] : [];
    return [...strokes, ...inside.map((point) => mark(look, point))];
  }

  /** Words beside some values, on the side that is asked for; those for which there is no room are left out. */
  labels(
    look: LookName,
    values: readonly (readonly [x: number, y: number, words: string])[],
    isLeft = false,
  ): string[] {
    return values.flatMap(([across, up, words]) => {
      const [x, y] = this.place(across, up);
      const width = 8 * words.length;
      const left = isLeft ? x - 8 - width : x + 9;
      const baseline = isLeft ? y + 14 : y - 6;
      const box = { left, top: baseline - 10, width, height: 11 };
      if (!words || !this.has(across, up) || this.#taken.some((other) => overlap(box, other))) return [];
      this.#taken.push(box);
      return [text(`label ${look}${isLeft ? " end" : ""}`, isLeft ? x - 8 : left, baseline, words)];
    });
  }
}

function overlap(one: Frame, other: Frame): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}

/** How far along an axis a value is, from 0 to 1. */
function share({ from, to, log }: Axis, value: number): number {
  const inside = Math.min(to, Math.max(from, value));
  return log ? Math.log(inside / from) / Math.log(to / from) : (inside - from) / (to - from);
}

/** The height of a row of a legend. */
const ROW = 23;

/** What each look means, in two columns. */
export function legend(top: number, entries: readonly (readonly [LookName, string])[]): string[] {
  const rows = Math.ceil(entries.length / 2);
  return entries.flatMap(([look, words], place) => {
    const x = place < rows ? 20 : 440;
    const y = top + (place % rows) * ROW;
    return [mark(look, [x + 7, y - 4.5]), text(`word ${look}`, x + 20, y, words)];
  });
}
