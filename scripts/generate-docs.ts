import { playersOf, type Match, type Ticket } from "@evenmatch/core";
import { evolve, LifeState, step, type Input } from "@evenmatch/core/adapter";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import prettier from "prettier";
import ts from "typescript";
import { root } from "./command.mjs";
import { assumptions, examples } from "./kafka-capacity.js";

/**
 * Writes what the docs say of the code from the code itself, between `<!-- generated: name -->` and
 * `<!-- end: name -->`. With `--check` nothing is written, and a page that is out of date fails.
 */
const sections: Readonly<Record<string, Readonly<Record<string, () => Promise<string>>>>> = {
  "docs/concepts/life-of-a-ticket.md": { tickets: ticketTable, matches: matchTable },
  "docs/concepts/events.md": { "ticket-events": ticketEvents, "life-events": lifeEvents },
  "docs/kafka-capacity.md": { assumptions, examples },
};

const NOW = 1_000_000;
const LATE = NOW + 60_000;
const ACCEPT_BY = NOW + 30_000;

interface World {
  readonly state: LifeState;
  readonly tickets: Readonly<Record<"ann" | "bob" | "cid", Ticket>>;
  readonly match: Match;
}

/** Three tickets of a queue with a time to live, and a match of the first two that asks to be accepted. */
function world(): World {
  const make = (id: string): Ticket => ({
    id: `duel.eu.${id}`,
    queue: "duel",
    region: "eu",
    players: [{ id, rating: 1500 }],
    joinedAt: NOW,
    expiresAt: LATE,
    heartbeatMs: LATE - NOW,
  });
  const tickets = { ann: make("ann"), bob: make("bob"), cid: make("cid") };
  const match = matchOf("one", tickets.ann, tickets.bob);
  return { state: new LifeState({ retainMs: Infinity, dedupeMs: Infinity }), tickets, match };
}

function matchOf(id: string, one: Ticket, other: Ticket): Match {
  const { queue, region } = one;
  const teams = [[one], [other]];
  return {
    id: `${queue}.${region}.${id}`,
    queue,
    region,
    teams,
    quality: 1,
    createdAt: NOW,
    acceptBy: ACCEPT_BY,
  };
}

/** Runs one input as every store does, and says what it answered. */
function run({ state }: World, input: Input, now = NOW): string {
  const { outcome, changes } = step(state, input, now);
  for (const change of changes) evolve(state, change, now);
  return outcome.type;
}

type Scene = (world: World) => void;

const everybodyJoins: Scene = (world) => {
  for (const ticket of Object.values(world.tickets)) run(world, { type: "join", ticket });
};
const claim: Scene = (world) => {
  everybodyJoins(world);
  run(world, { type: "claim", match: world.match });
};
const accept: Scene = (world) => {
  claim(world);
  for (const { id } of playersOf(world.match)) {
    run(world, { type: "answer", matchId: world.match.id, playerId: id, accepted: true });
  }
};
const settle: Scene = (world) => {
  claim(world);
  run(world, { type: "settle", matchId: world.match.id });
};
const release: Scene = (world) => {
  claim(world);
  run(world, { type: "release", matchId: world.match.id, drop: [], reason: "allocation" });
};

type Row = readonly [name: string, input: (world: World) => Input, now?: number];

/** One table: a column for each state, a row for each input, and in a cell the outcome and what it made of the state. */
function table(
  states: Readonly<Record<string, Scene>>,
  rows: readonly Row[],
  told: (world: World) => string,
): string {
  const cellOf = (scene: Scene, input: (world: World) => Input, now: number | undefined): string => {
    const before = world();
    scene(before);
    const from = told(before);
    const outcome = run(before, input(before), now);
    const to = told(before);
    return from === to ? `\`${outcome}\`` : `\`${outcome}\` → ${to}`;
  };
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const names = Object.keys(states);
  return [
    line(["", ...names]),
    line(["---", ...names.map(() => "---")]),
    ...rows.map(([name, input, now]) =>
      line([name, ...Object.values(states).map((scene) => cellOf(scene, input, now))]),
    ),
  ].join("\n");
}

/** Every state of a ticket against everything that can be asked or decided about it. */
async function ticketTable(): Promise<string> {
  const states: Readonly<Record<string, Scene>> = {
    "not known": (world) => {
      run(world, { type: "join", ticket: world.tickets.cid });
    },
    waiting: everybodyJoins,
    claimed: claim,
    "claimed, leaving": (world) => {
      claim(world);
      run(world, { type: "leave", ticketId: world.tickets.ann.id });
    },
    matched: settle,
    left: (world) => {
      everybodyJoins(world);
      run(world, { type: "leave", ticketId: world.tickets.ann.id });
    },
    expired: (world) => {
      everybodyJoins(world);
      run(world, { type: "expire", ticketId: world.tickets.ann.id }, LATE);
    },
  };
  const ticketId = ({ tickets }: World): string => tickets.ann.id;
  const rows: readonly Row[] = [
    ["join, the same ticket again", ({ tickets }) => ({ type: "join", ticket: tickets.ann })],
    [
      "join, another ticket of its player",
      ({ tickets }) => ({ type: "join", ticket: { ...tickets.ann, id: "duel.eu.again" } }),
    ],
    ["leave", (world) => ({ type: "leave", ticketId: ticketId(world) })],
    ["beat", (world) => ({ type: "beat", ticketId: ticketId(world) })],
    [
      "claim, for another match",
      ({ tickets }) => ({ type: "claim", match: matchOf("two", tickets.ann, tickets.cid) }),
    ],
    ["expire, when it is due", (world) => ({ type: "expire", ticketId: ticketId(world) }), LATE],
    ["expire, before it is due", (world) => ({ type: "expire", ticketId: ticketId(world) })],
  ];
  return table(states, rows, ({ state, tickets }) => {
    const record = state.tickets.get(tickets.ann.id);
    if (!record) return "not known";
    return record.leaving && record.state === "claimed" ? "claimed, leaving" : record.state;
  });
}

/** Every state of a match against everything that can be asked or decided about it. */
async function matchTable(): Promise<string> {
  const states: Readonly<Record<string, Scene>> = {
    "not known": everybodyJoins,
    claimed: claim,
    "claimed, all accepted": accept,
    settled: settle,
    delivered: (world) => {
      settle(world);
      run(world, { type: "deliver", matchId: world.match.id });
    },
    released: release,
  };
  const matchId = ({ match }: World): string => match.id;
  const answer = (world: World): Input => ({
    type: "answer",
    matchId: matchId(world),
    playerId: "ann",
    accepted: true,
  });
  const ann = ({ tickets }: World): string[] => [tickets.ann.id];
  const rows: readonly Row[] = [
    ["claim, the same match again", ({ match }) => ({ type: "claim", match })],
    ["answer, in time", answer],
    ["answer, from `acceptBy` on", answer, ACCEPT_BY],
    [
      "release, `declined`, drop the first ticket",
      (world) => ({ type: "release", matchId: matchId(world), drop: ann(world), reason: "declined" }),
    ],
    [
      "release, `unanswered`, drop the first ticket",
      (world) => ({ type: "release", matchId: matchId(world), drop: ann(world), reason: "unanswered" }),
    ],
    [
      "release, `allocation`, drop nobody",
      (world) => ({ type: "release", matchId: matchId(world), drop: [], reason: "allocation" }),
    ],
    ["settle", (world) => ({ type: "settle", matchId: matchId(world) })],
    ["deliver", (world) => ({ type: "deliver", matchId: matchId(world) })],
  ];
  return table(states, rows, ({ state, match, tickets }) => {
    const record = state.matches.get(match.id);
    const [one, other] = [tickets.ann, tickets.bob].map(({ id }) => state.tickets.get(id)?.state);
    const answers = record?.state === "claimed" && record.answers.size > 0 ? ", answered" : "";
    return `${record?.state ?? "not known"}${answers}; ${one === other ? `tickets ${one}` : `tickets ${one}, ${other}`}`;
  });
}

/** The events that are told where a ticket is watched. */
function ticketEvents(): Promise<string> {
  return eventTable("packages/core/src/event/emitter.ts", "TicketEvents");
}

/** The events that are told where a pool is run. */
function lifeEvents(): Promise<string> {
  return eventTable("packages/core/src/event/event.ts", "LifeEvents");
}

/** A table of an interface: each member with the sentence above it and its type. */
async function eventTable(file: string, name: string): Promise<string> {
  const source = ts.createSourceFile(file, await text(file), ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (!found) throw new Error(`${file} has no interface ${name}`);
  const rows = found.members.filter(ts.isPropertySignature).map((member) => {
    const [comment] = ts.getJSDocCommentsAndTags(member);
    const told = ts.getTextOfJSDocComment(comment?.comment)?.replaceAll(/\s+/g, " ");
    const payload = member.type
      ?.getText(source)
      .replaceAll(/readonly |<P>/g, "")
      .replaceAll(/\s+/g, " ")
      .replace("; }", " }");
    if (!told || !payload)
      throw new Error(`${name}.${member.name.getText(source)} lacks its sentence or its type`);
    return `| \`${member.name.getText(source).replaceAll('"', "")}\` | ${told} | \`${payload.replaceAll("|", "\\|")}\` |`;
  });
  return ["| event | when | payload |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Every code has its row in the page of errors, and every row its code. */
async function checkErrorCodes(): Promise<void> {
  const union = /export type ErrorCode =([^;]+);/.exec(await text("packages/core/src/errors.ts"))?.[1] ?? "";
  const codes = Array.from(union.matchAll(/"([A-Z_]+)"/g), ([, code]) => code as string);
  const page = await text("docs/concepts/errors.md");
  const rows = Array.from(page.matchAll(/^\| `([A-Z_]+)`/gm), ([, code]) => code as string);
  const missing = codes.filter((code) => !rows.includes(code));
  const unknown = rows.filter((code, index) => !codes.includes(code) || rows.indexOf(code) !== index);
  if (codes.length === 0) throw new Error("no code was found in packages/core/src/errors.ts");
  if (missing.length > 0) throw new Error(`docs/concepts/errors.md has no row for ${missing.join(", ")}`);
  if (unknown.length > 0)
    throw new Error(`docs/concepts/errors.md has a row too many: ${unknown.join(", ")}`);
}

function text(file: string): Promise<string> {
  return readFile(join(root, file), "utf8");
}

/** Puts a section between its markers; formatted, so that the page stays as the formatter wants it. */
async function renewed(
  page: string,
  parts: Readonly<Record<string, () => Promise<string>>>,
): Promise<string> {
  let content = await text(page);
  for (const [name, make] of Object.entries(parts)) {
    const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [content.indexOf(start), content.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}: ${start} … ${end}`);
    content = `${content.slice(0, from + start.length)}\n\n${await make()}\n\n${content.slice(to)}`;
  }
  const config = await prettier.resolveConfig(join(root, page));
  return prettier.format(content, { ...config, parser: "markdown" });
}

const isCheck = process.argv.includes("--check");
for (const [page, parts] of Object.entries(sections)) {
  const content = await renewed(page, parts);
  if (content === (await text(page))) continue;
  if (isCheck) throw new Error(`${page} is out of date: run npm run docs`);
  await writeFile(join(root, page), content);
}
await checkErrorCodes();
