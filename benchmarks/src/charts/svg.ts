/** How wide pictures are; pages show them at some 700 pixels. */
export const WIDTH = 860;

/** The colours of a line on light and on dark paper, told apart also by those who see few colours; and its mark. */
export interface Look {
  readonly light: string;
  readonly dark: string;
  /** A path around 0, 0. */
  readonly mark: string;
}

const circle = "M -5 0 A 5 5 0 1 1 5 0 A 5 5 0 1 1 -5 0 Z";
const square = "M -4.5 -4.5 H 4.5 V 4.5 H -4.5 Z";
const triangle = "M 0 -5.5 L 5.5 4.5 H -5.5 Z";
const diamond = "M 0 -6 L 6 0 L 0 6 L -6 0 Z";
const upsideDown = "M 0 5.5 L 5.5 -4.5 H -5.5 Z";
const star = "M 0 -7 L 2 -2 L 7 0 L 2 2 L 0 7 L -2 2 L -7 0 L -2 -2 Z";

export const looks = {
  blue: { light: "#1f5fbf", dark: "#6ea8ff", mark: circle },
  orange: { light: "#b35900", dark: "#f0a04b", mark: square },
  green: { light: "#1a7f37", dark: "#57c070", mark: triangle },
  purple: { light: "#8250a8", dark: "#c297f0", mark: diamond },
  red: { light: "#b42c2c", dark: "#ff8a80", mark: upsideDown },
  grey: { light: "#57606a", dark: "#b1bac4", mark: star },
} as const satisfies Record<string, Look>;

/** The name of a look, which is also the class of what is drawn in it. */
export type LookName = keyof typeof looks;

const style = `
    .axis { stroke: #6e7781; stroke-width: 1.6; fill: none; }
    .grid { stroke: #6e7781; stroke-width: 0.6; stroke-opacity: 0.4; fill: none; }
    .note { fill: #57606a; font-size: 13px; }
    .word { fill: #57606a; font-weight: 600; font-size: 14px; }
    .mid { text-anchor: middle; }
    .end { text-anchor: end; }
    .line { stroke-width: 2.4; fill: none; stroke-linejoin: round; }
    .thin { stroke-width: 1.6; stroke-dasharray: 5 4; fill: none; }
    .area { fill: #6e7781; fill-opacity: 0.16; stroke: none; }
    .label { font-size: 13px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }
    .edge { stroke: #6e7781; stroke-width: 1.4; stroke-dasharray: 2 3; fill: none; }`;

function styles(): string {
  const of = (shade: "light" | "dark") =>
    Object.entries(looks).map(
      ([name, look]) =>
        `.${name} { fill: ${look[shade]}; } .line.${name}, .thin.${name} { stroke: ${look[shade]}; fill: none; }`,
    );
  return [
    style,
    ...of("light").map((rule) => `    ${rule}`),
    "    @media (prefers-color-scheme: dark) {",
    "      .axis, .grid, .edge { stroke: #9198a1; }",
    "      .area { fill: #9198a1; }",
    "      .label { stroke: #0d1117; }",
    "      .note { fill: #b1bac4; }",
    "      .word { fill: #d1d9e0; }",
    ...of("dark").map((rule) => `      ${rule}`),
    "    }",
  ].join("\n");
}

/** A whole picture. Its title and description are what a screen reader says. */
export function picture(
  title: string,
  description: string,
  height: number,
  parts: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="14">`,
    `  <title id="title">${escaped(title)}</title>`,
    `  <desc id="description">${escaped(description)}</desc>`,
    `  <style>${styles()}`,
    "  </style>",
    ...parts.map((part) => `  ${part}`),
    "</svg>",
    "",
  ].join("\n");
}

export function text(classes: string, x: number, y: number, words: string): string {
  return `<text class="${classes}" x="${at(x)}" y="${at(y)}">${escaped(words)}</text>`;
}

export function path(classes: string, d: string): string {
  return `<path class="${classes}" d="${d}" />`;
}

/** A broken line through some points. */
export function through(points: readonly Point[]): string {
  return points.map(([x, y], place) => `${place === 0 ? "M" : "L"} ${at(x)} ${at(y)}`).join(" ");
}

export function mark(look: LookName, [x, y]: Point): string {
  return `<path class="${look}" transform="translate(${at(x)} ${at(y)})" d="${looks[look].mark}" />`;
}

/** A place in the picture. */
export type Point = readonly [x: number, y: number];

/** A number of the picture: a tenth of a unit is less than anybody sees. */
export function at(value: number): string {
  return String(Number(value.toFixed(1)));
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
