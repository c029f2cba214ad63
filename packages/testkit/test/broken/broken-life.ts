import { ticketsOf, type Change, type Match, type Millis } from "@evenmatch/core";
import { endsAt, evolve, step, type Input, type LifeState, type Step } from "@evenmatch/core/adapter";
import { broken } from "./broken.js";
import { OpenTicketStore } from "./open-ticket-store.js";

type Any = Step<Input["type"]>;
type Life = LifeState;

const nothing = (outcome: Any["outcome"]): Any => ({ outcome, changes: [] });

/** A store whose answer to an input is another one where `wrong` gives one. */
function steps(
  wrong: (life: Life, input: Input, now: Millis, right: Any) => Any | undefined,
): new () => OpenTicketStore {
  return class extends OpenTicketStore {
    protected override step(life: Life, input: Input, now: Millis): Any {
      const right = step(life, input, now);
      return wrong(life, input, now, right) ?? right;
    }
  };
}

function match(life: Life, matchId: string): ReturnType<Life["matches"]["get"]> {
  return life.matches.get(matchId);
}

function only(whole: Match, keep: (id: string) => boolean): Match {
  return { ...whole, teams: whole.teams.map((team) => team.filter(({ id }) => keep(id))) };
}

/** Cells of the table that say something else, or change something else. */
export const brokenLives = [
  broken(
    "claim-all-or-none",
    "takes what is left of larger matches, and says they are gone",
    steps((life, input, _now, { outcome }) => {
      if (
        input.type !== "claim" ||
        outcome.type !== "gone" ||
        ticketsOf(input.match).length < 3 ||
        match(life, input.match.id)
      )
        return;
      const claimed = only(input.match, (id) => life.tickets.get(id)?.state === "waiting");
      return ticketsOf(claimed).length > 0
        ? { outcome, changes: [{ type: "claimed", match: claimed }] }
        : undefined;
    }),
  ),
  broken(
    "leave",
    "lets a settled player leave",
    steps((life, input) =>
      input.type === "leave" && life.tickets.get(input.ticketId)?.state === "matched"
        ? nothing({ type: "left" })
        : undefined,
    ),
  ),
  broken(
    "leave",
    "forgets a leave that came too late",
    steps((life, input, _now, { outcome, changes }) =>
      input.type === "leave" &&
      changes[0]?.type === "leaving" &&
      life.record(input.ticketId).ticket.players.length > 1
        ? nothing(outcome)
        : undefined,
    ),
  ),
  broken(
    "repeated",
    "takes a ticket that is sent again later for another one",
    steps((life, input, now) => {
      if (input.type !== "join" || input.requestId !== undefined) return;
      const made = life.tickets.get(input.ticket.id);
      return made && now > made.ticket.joinedAt
        ? nothing({ type: "conflict", ticket: made.ticket })
        : undefined;
    }),
  ),
  broken(
    "join",
    "forgets the request of a ticket with heartbeats when that has ended",
    steps((life, input, now) => {
      if (input.type !== "join") return;
      const made = life.requested(input.ticket, input.requestId);
      if (!made || made.ticket.heartbeatMs === undefined || ["waiting", "claimed"].includes(made.state))
        return;
      if (life.tickets.has(input.ticket.id)) return;
      return step(life, { ...input, requestId: undefined }, now);
    }),
  ),
  broken(
    "join",
    "checks only the first player of a party",
    steps((life, input, _now, { outcome }) => {
      if (
        input.type !== "join" ||
        outcome.type !== "conflict" ||
        life.ticketOf(input.ticket.players[0]?.id ?? "")
      )
        return;
      return {
        outcome: { type: "added", ticket: input.ticket },
        changes: [{ type: "joined", ticket: input.ticket }],
      };
    }),
  ),
  broken(
    "unique-per-queue",
    "checks players within a region only",
    steps((_life, input, _now, { outcome }) => {
      if (
        input.type !== "join" ||
        outcome.type !== "conflict" ||
        outcome.ticket.region === input.ticket.region
      )
        return;
      return {
        outcome: { type: "added", ticket: input.ticket },
        changes: [{ type: "joined", ticket: input.ticket }],
      };
    }),
  ),
  broken(
    "release",
    "releases although settled",
    steps((life, input) => {
      if (input.type !== "release") return;
      const record = match(life, input.matchId);
      if (record?.state !== "settled") return;
      return {
        outcome: { type: "released" },
        changes: [
          {
            type: "released",
            matchId: input.matchId,
            returned: ticketsOf(record.match),
            dropped: [],
            reason: input.reason,
          },
        ],
      };
    }),
  ),
  broken(
    "release",
    "drops who has accepted",
    steps((_life, input, _now, { outcome, changes: [change] }) => {
      if (input.type !== "release" || change?.type !== "released") return;
      const drops = change.returned.filter(({ id }) => input.drop.includes(id));
      const returned = change.returned.filter((one) => !drops.includes(one));
      return { outcome, changes: [{ ...change, returned, dropped: [...change.dropped, ...drops] }] };
    }),
  ),
  broken(
    "release",
    "does not end who is dropped",
    steps((_life, input, _now, { outcome, changes: [change] }) => {
      if (input.type !== "release" || change?.type !== "released" || input.reason !== "unanswered") return;
      return {
        outcome,
        changes: [{ ...change, returned: [...change.returned, ...change.dropped], dropped: [] }],
      };
    }),
  ),
  broken(
    "release",
    "releases as unanswered what everyone has accepted",
    steps((_life, input, now, { outcome }) =>
      input.type === "release" && outcome.type === "accepted"
        ? step(_life, { ...input, reason: "allocation" }, now)
        : undefined,
    ),
  ),
  broken(
    "settle",
    "settles what was released",
    steps((_life, input, _now, { outcome }) =>
      input.type === "settle" && outcome.type === "released" ? nothing({ type: "settled" }) : undefined,
    ),
  ),
  broken(
    "settle",
    "takes another assignment for a settled match",
    steps((life, input, _now, { outcome }) => {
      const record = input.type === "settle" ? match(life, input.matchId) : undefined;
      if (
        input.type !== "settle" ||
        record?.state !== "settled" ||
        !input.assignment ||
        input.assignment.host === record.match.assignment?.host
      )
        return;
      return {
        outcome,
        changes: [{ type: "settled", match: { ...record.match, assignment: input.assignment } }],
      };
    }),
  ),
  broken(
    "deliver",
    "delivers what is not settled",
    steps((life, input) =>
      input.type === "deliver" && match(life, input.matchId)?.state === "claimed"
        ? nothing({ type: "delivered" })
        : undefined,
    ),
  ),
  broken(
    "claim",
    "does not know a delivered match again",
    steps((life, input) =>
      input.type === "claim" && match(life, input.match.id)?.state === "delivered"
        ? nothing({ type: "gone", ticketIds: ticketsOf(input.match).map(({ id }) => id) })
        : undefined,
    ),
  ),
  broken(
    "expire",
    "ignores heartbeats",
    steps((life, input, now) => {
      const record = input.type === "expire" ? life.tickets.get(input.ticketId) : undefined;
      if (record?.state !== "waiting" || now < endsAt(record.ticket, undefined)) return;
      return { outcome: { type: "expired" }, changes: [{ type: "expired", ticket: record.ticket }] };
    }),
  ),
  broken(
    "beat",
    "takes a claimed ticket for ended",
    steps((life, input) =>
      input.type === "beat" &&
      life.tickets.get(input.ticketId)?.state === "claimed" &&
      life.tickets.get(input.ticketId)?.ticket.heartbeatMs === undefined
        ? nothing({ type: "ended" })
        : undefined,
    ),
  ),
  broken(
    "answer",
    "counts an answer that came at acceptBy",
    steps((life, input, now) => {
      if (input.type !== "answer") return;
      return now === match(life, input.matchId)?.match.acceptBy ? step(life, input, now - 1) : undefined;
    }),
  ),
  broken(
    "answer",
    "lets the later answer count",
    steps((life, input) => {
      if (input.type !== "answer" || match(life, input.matchId)?.state !== "claimed") return;
      if (match(life, input.matchId)?.answers.get(input.playerId) !== true || input.accepted) return;
      return {
        outcome: { type: "recorded" },
        changes: [{ type: "answered", matchId: input.matchId, playerId: input.playerId, accepted: false }],
      };
    }),
  ),
  broken(
    "release",
    "gives a released ticket a new place",
    class extends OpenTicketStore {
      protected override evolve(life: Life, change: Change, now: Millis): void {
        evolve(life, change, now);
        if (change.type !== "released" || change.reason !== "allocation") return;
        for (const ticket of change.returned)
          (life.record(ticket.id) as { ticket: unknown }).ticket = { ...ticket, joinedAt: now };
      }
    },
  ),
  broken(
    "round-trip",
    "keeps ratings with half of their digits",
    class extends OpenTicketStore {
      protected override evolve(life: Life, change: Change, now: Millis): void {
        if (change.type !== "joined") return evolve(life, change, now);
        const players = change.ticket.players.map((player) => ({
          ...player,
          rating: Math.fround(player.rating),
        }));
        evolve(life, { ...change, ticket: { ...change.ticket, players } }, now);
      }
    },
  ),
  broken(
    "ended-readable",
    "forgets ended tickets too early",
    class extends OpenTicketStore {
      protected override retention = { retainMs: 55_000, dedupeMs: 600_000 };
    },
  ),
  broken(
    "request-remembered",
    "forgets request ids too early",
    class extends OpenTicketStore {
      protected override retention = { retainMs: 60_000, dedupeMs: 300_000 };
    },
  ),
  broken(
    "living-kept",
    "gives waiting tickets a time to live",
    steps((life, input, now) => {
      const old = [...life.tickets.values()].find(
        ({ state, ticket }) => state === "waiting" && now - ticket.joinedAt > 86_400_000,
      );
      if (old) life.end(old.ticket, "expired", now);
      return old && step(life, input, now);
    }),
  ),
];
