import { randomInt } from "node:crypto";
import { viewOf } from "./players.js";
import type { PartyView, PlayerView } from "./protocol.js";
import { Refusal } from "./refusal.js";

export interface Party {
  readonly code: string;
  readonly leader: PlayerView;
  readonly players: readonly PlayerView[];
}

/** A party as it is after somebody has left it, and who is out. */
export interface PartyLeft {
  readonly party: Party;
  readonly out: readonly PlayerView[];
}

/** Parties by code: one player makes it, a friend who was given the code comes in. */
export interface Parties {
  of(playerId: string): Promise<Party | undefined> | Party | undefined;
  create(leader: PlayerView): Promise<Party> | Party;
  /** The party that a code names, as long as there is room for this player. */
  open(code: string, player: PlayerView): Promise<Party> | Party;
  /** Comes in, where there still is room. */
  enter(code: string, player: PlayerView): Promise<Party> | Party;
  /** The party that a player leads by this code, with somebody else in it. */
  ledBy(player: PlayerView, code: string): Promise<Party> | Party;
  /** Takes a player out. A party ends with its leader. */
  leave(playerId: string): Promise<PartyLeft | undefined> | PartyLeft | undefined;
}

/** The size of a party, its leader included. */
export const PARTY_SIZE = 2;

/** No letters or digits that look alike. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH = 6;

/** The parties of one process. */
export class PartyBook implements Parties {
  readonly #byCode = new Map<string, Party>();
  readonly #byPlayer = new Map<string, Party>();

  of(playerId: string): Party | undefined {
    return this.#byPlayer.get(playerId);
  }

  create(leader: PlayerView): Party {
    this.#refuseMember(leader);
    let code = newPartyCode();
    while (this.#byCode.has(code)) code = newPartyCode();
    return this.#keep({ code, leader, players: [leader] });
  }

  open(code: string, player: PlayerView): Party {
    this.#refuseMember(player);
    return partyWithRoom(this.#byCode.get(partyCode(code)));
  }

  enter(code: string, player: PlayerView): Party {
    const party = this.open(code, player);
    return this.#keep({ ...party, players: [...party.players, player] });
  }

  ledBy(player: PlayerView, code: string): Party {
    return partyLedBy(this.of(player.id), player, code);
  }

  leave(playerId: string): PartyLeft | undefined {
    const before = this.of(playerId);
    if (!before) return undefined;
    const left = partyWithout(before, playerId);
    for (const { id } of left.out) this.#byPlayer.delete(id);
    if (left.party.players.length === 0) this.#byCode.delete(before.code);
    else this.#keep(left.party);
    return left;
  }

  #keep(party: Party): Party {
    this.#byCode.set(party.code, party);
    for (const { id } of party.players) this.#byPlayer.set(id, party);
    return party;
  }

  #refuseMember({ id }: PlayerView): void {
    if (this.#byPlayer.has(id)) throw inParty();
  }
}

/** What holds of parties wherever they are kept. */

export function inParty(): Refusal {
  return new Refusal("IN_A_PARTY", "You are in a party already; leave it first.");
}

export function partyWithRoom(party: Party | undefined): Party {
  if (!party) throw new Refusal("NO_SUCH_PARTY", "No party has this code; ask its leader again.");
  if (party.players.length < PARTY_SIZE) return party;
  throw new Refusal("PARTY_FULL", `A party has at most ${PARTY_SIZE} players.`);
}

export function partyLedBy(party: Party | undefined, { id }: PlayerView, code: string): Party {
  if (party?.code !== partyCode(code))
    throw new Refusal("NO_SUCH_PARTY", "You are in no party with this code.");
  if (party.leader.id !== id) throw new Refusal("NOT_THE_LEADER", "The leader of the party joins for all.");
  // Who joins by a code means to play with somebody, whom they may have lost a moment ago.
  if (party.players.length > 1) return party;
  throw new Refusal(
    "ALONE_IN_PARTY",
    "Nobody else is in your party; wait for your friend, or join without it.",
  );
}

export function partyWithout(party: Party, playerId: string): PartyLeft {
  const isOver = party.leader.id === playerId;
  const out = party.players.filter(({ id }) => isOver || id === playerId);
  return { party: { ...party, players: party.players.filter((player) => !out.includes(player)) }, out };
}

/** A code as people type it. */
export function partyCode(code: string): string {
  return code.trim().toUpperCase();
}

export function partyViewOf({ code, leader, players }: Party): PartyView {
  return { code, leaderId: leader.id, players: players.map(viewOf) };
}

export function newPartyCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
