import type { Decision, Millis, Query, Request } from "@evenmatch/core";
import { nameOf, type Input } from "@evenmatch/core/adapter";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { idIn, match, POOL, START, ticket } from "./making.js";
import { ACCEPT_BY, cast, OVERDUE, situations, type Cast, type Happening } from "./situations.js";
import { Stage } from "./stage.js";
import type { Watcher } from "./watcher.js";

/** An input that is tried in every situation, and when. */
interface Probe {
  readonly name: string;
  readonly at: Millis;
  readonly input: (cast: Cast) => Input;
}

/** A time at which nothing is due yet, later than every situation. */
const LATER = START + 10_000;

const probe = (name: string, input: (cast: Cast) => Input, at = LATER): Probe => ({ name, at, input });
const stranger = (name: string): string => idIn(POOL, `a stranger ${name}`);

const probes: { readonly [Type in Input["type"]]: readonly Probe[] } = {
  join: [
    probe("the same ticket", ({ single, name }) => ({
      type: "join",
      ticket: single,
      requestId: `request ${name}`,
    })),
    probe("the same request with a new ticket", ({ name }) => ({
      type: "join",
      ticket: ticket(`${name} new`, { players: [`${name} a`] }),
      requestId: `request ${name}`,
    })),
    probe("another request of the same player", ({ name }) => ({
      type: "join",
      ticket: ticket(`${name} new`, { players: [`${name} a`] }),
      requestId: `another request ${name}`,
    })),
    probe("a party with a player of the party", ({ name }) => ({
      type: "join",
      ticket: ticket(`${name} new`, { players: [`${name} c`, `${name} b2`] }),
    })),
    probe("an equal request id of another player", ({ name }) => ({
      type: "join",
      ticket: ticket(`${name} new`, { players: [`${name} d`] }),
      requestId: `request ${name}`,
    })),
  ],
  leave: [
    probe("the single player", ({ single }) => ({ type: "leave", ticketId: single.id })),
    probe("the party", ({ party }) => ({ type: "leave", ticketId: party.id })),
    probe("a ticket that never was", ({ name }) => ({ type: "leave", ticketId: stranger(name) })),
  ],
  answer: [
    probe("accepts", ({ first, name }) => ({
      type: "answer",
      matchId: first.id,
      playerId: `${name} a`,
      accepted: true,
    })),
    probe("declines", ({ first, name }) => ({
      type: "answer",
      matchId: first.id,
      playerId: `${name} a`,
      accepted: false,
    })),
    probe("one of a party accepts", ({ first, name }) => ({
      type: "answer",
      matchId: first.id,
      playerId: `${name} b2`,
      accepted: true,
    })),
    probe(
      "in the last millisecond",
      ({ first, name }) => ({ type: "answer", matchId: first.id, playerId: `${name} a`, accepted: true }),
      ACCEPT_BY - 1,
    ),
    probe(
      "too late",
      ({ first, name }) => ({ type: "answer", matchId: first.id, playerId: `${name} a`, accepted: true }),
      ACCEPT_BY,
    ),
    probe("somebody else", ({ first, name }) => ({
      type: "answer",
      matchId: first.id,
      playerId: `${name} c`,
      accepted: true,
    })),
    probe("where nobody is asked", ({ second, name }) => ({
      type: "answer",
      matchId: second.id,
      playerId: `${name} a`,
      accepted: true,
    })),
    probe("for a match that never was", ({ name }) => ({
      type: "answer",
      matchId: stranger(name),
      playerId: `${name} a`,
      accepted: true,
    })),
  ],
  beat: [
    probe("for the ticket that needs it", ({ single }) => ({ type: "beat", ticketId: single.id })),
    probe("for the ticket that does not", ({ party }) => ({ type: "beat", ticketId: party.id })),
    probe("for a ticket that never was", ({ name }) => ({ type: "beat", ticketId: stranger(name) })),
  ],
  claim: [
    probe("the first match", ({ first }) => ({ type: "claim", match: first })),
    probe("the second match", ({ second }) => ({ type: "claim", match: second })),
    probe("one of them with a stranger", ({ party, name }) => ({
      type: "claim",
      match: match(`${name} 3`, [party, ticket(`${name} c`)]),
    })),
  ],
  release: [
    probe("declined, dropping the single", ({ first, single }) => ({
      type: "release",
      matchId: first.id,
      drop: [single.id],
      reason: "declined",
    })),
    probe("unanswered, dropping both", ({ first, single, party }) => ({
      type: "release",
      matchId: first.id,
      drop: [single.id, party.id],
      reason: "unanswered",
    })),
    probe("allocation, dropping nobody", ({ first }) => ({
      type: "release",
      matchId: first.id,
      drop: [],
      reason: "allocation",
    })),
    probe("the second match", ({ second, party }) => ({
      type: "release",
      matchId: second.id,
      drop: [party.id],
      reason: "declined",
    })),
    probe("a match that never was", ({ name }) => ({
      type: "release",
      matchId: stranger(name),
      drop: [],
      reason: "allocation",
    })),
  ],
  settle: [
    probe("without an assignment", ({ first }) => ({ type: "settle", matchId: first.id })),
    probe("with an assignment", ({ first }) => ({
      type: "settle",
      matchId: first.id,
      assignment: { host: "h2", ports: [1, 2] },
    })),
    probe("the second match", ({ second }) => ({ type: "settle", matchId: second.id })),
    probe("a match that never was", ({ name }) => ({ type: "settle", matchId: stranger(name) })),
  ],
  deliver: [
    probe("the first match", ({ first }) => ({ type: "deliver", matchId: first.id })),
    probe("the second match", ({ second }) => ({ type: "deliver", matchId: second.id })),
    probe("a match that never was", ({ name }) => ({ type: "deliver", matchId: stranger(name) })),
  ],
  expire: [
    probe("a millisecond early", ({ single }) => ({ type: "expire", ticketId: single.id }), OVERDUE - 1),
    probe("when overdue", ({ single }) => ({ type: "expire", ticketId: single.id }), OVERDUE),
    probe(
      "when overdue after a heartbeat",
      ({ single }) => ({ type: "expire", ticketId: single.id }),
      START + 12_000,
    ),
    probe("at its end of life", ({ single }) => ({ type: "expire", ticketId: single.id }), START + 30_000),
    probe("a ticket without an end", ({ party }) => ({ type: "expire", ticketId: party.id }), START + 50_000),
    probe("a ticket that never was", ({ name }) => ({ type: "expire", ticketId: stranger(name) })),
  ],
};

const REQUESTS: ReadonlySet<string> = new Set<Request["type"]>(["join", "leave", "answer", "beat"]);

function isRequest(input: Input): input is Request {
  return REQUESTS.has(input.type);
}

/** Plays the situations of all cells, the n-th happenings of all together, so that it takes few calls. */
async function prepare(stage: Stage, owner: Watcher, scripts: readonly Happening[][]): Promise<void> {
  const longest = Math.max(...scripts.map(({ length }) => length));
  for (let index = 0; index < longest; index++) {
    const groups = new Map<string, { at: Millis; requests: Request[]; decisions: Decision[] }>();
    for (const { at, input } of scripts.flatMap((script) => script[index] ?? [])) {
      const key = `${isRequest(input)} ${at}`;
      const group = groups.get(key) ?? { at, requests: [], decisions: [] };
      groups.set(key, group);
      if (isRequest(input)) group.requests.push(input);
      else group.decisions.push(input);
    }
    for (const { at, requests, decisions } of groups.values()) {
      if (requests.length > 0) await stage.submit(requests, at);
      if (decisions.length > 0) await stage.decide(owner, decisions, at);
    }
  }
}

function queriesOf({ single, party, first, second, name, pool: { queue } }: Cast): Query[] {
  const players = ["a", "b1", "b2", "c", "d"].map((one): Query => ({
    type: "player",
    playerId: `${name} ${one}`,
    queue,
  }));
  const tickets = [single.id, party.id, ticket(`${name} new`).id].map((ticketId): Query => ({
    type: "ticket",
    ticketId,
  }));
  return [
    ...players,
    ...tickets,
    ...[first.id, second.id].map((matchId): Query => ({ type: "match", matchId })),
  ];
}

/** Tries every probe of a type in every situation, and compares outcome, changes and what is read with the model. */
async function tryAll(stage: Stage, owner: Watcher, type: Input["type"]): Promise<void> {
  const cells = probes[type].flatMap((one) =>
    Object.entries(situations).map(([situation, script], index) => {
      const all = cast(`${probes[type].indexOf(one)}-${index}`);
      return {
        name: `${situation} × ${type} ${one.name}`,
        at: one.at,
        input: one.input(all),
        cast: all,
        script: script(all),
      };
    }),
  );
  const holding = await stage.ready(owner);
  await prepare(
    stage,
    owner,
    cells.map(({ script }) => script),
  );
  let from = await stage.mark(owner);
  for (const { name, at, input, cast } of cells.sort((one, other) => one.at - other.at)) {
    const said = stage.said.get(nameOf(POOL)) ?? [];
    const before = said.length;
    const expected = stage.model(input, at, POOL);
    const [outcome] = isRequest(input)
      ? await stage.within(`submit of ${name}`, stage.store.submit([input], { now: at }))
      : await owner.decide(holding.lease, [input], at);
    same(outcome, expected, `${name}: answers`);
    await stage.readsAsModel(queriesOf(cast), POOL, name);
    const changes = said.slice(before);
    const until = await stage.mark(owner);
    stage.heardAsModel(holding, from, until, changes, name);
    from = until;
  }
}

const promises: { readonly [Type in Input["type"]]: string } = {
  join: "a join makes one ticket, or says which is in its way",
  leave: "a leave ends a waiting ticket, and is too late for a claimed one",
  answer: "an answer counts once, by who was asked, until acceptBy",
  beat: "a heartbeat counts while its ticket lives",
  claim: "a claim takes waiting tickets, all of them or none",
  release:
    "a release gives tickets back in their place, ends who is dropped, and comes too late once settled",
  settle: "settling is the point of no return, and its assignment stays",
  deliver: "delivering ends what is pending, and only what was settled",
  expire: "a ticket expires when it is due, and no heartbeat came in between",
};

/** The table of the life of a ticket, one case for each kind of input. */
export const tableCases: readonly ContractCase<TicketStoreHarness>[] = (
  Object.keys(probes) as Input["type"][]
).map((type) => ({
  id: type,
  promise: promises[type],
  run: (harness) => Stage.play(harness, (stage, owner) => tryAll(stage, owner, type)),
}));
