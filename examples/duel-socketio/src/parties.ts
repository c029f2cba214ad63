import { randomInt } from "node:crypto";
import { viewOf, type PlayerRecord } from "./players.js";
import type { PartyView } from "./protocol.js";
import { Refusal } from "./refusal.js";

export interface Party {
  readonly code: string;
  readonly leader: PlayerRecord;
  readonly players: PlayerRecord[];
}

/** The size of a party, its leader included. */
const SIZE = 2;

/** No letters or digits that look alike. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH = 6;

/** Parties by code: one player makes it, a friend who was given the code comes in. */
export class PartyBook {
  readonly #byCode = new Map<string, Party>();
  readonly #byPlayer = new Map<string, Party>();

  of(playerId: string): Party | undefined {
    return this.#byPlayer.get(playerId);
  }

  create(leader: PlayerRecord): Party {
    this.#refuseMember(leader);
    let code = newCode();
    while (this.#byCode.has(code)) code = newCode();
    const party: Party = { code, leader, players: [leader] };
    this.#byCode.set(code, party);
    this.#byPlayer.set(leader.id, party);
    return party;
  }

  /** The party that a code names, as long as there is room for one more. */
  open(code: string, player: PlayerRecord): Party {
    this.#refuseMember(player);
    const party = this.#byCode.get(code.trim().toUpperCase());
    if (!party) throw new Refusal("NO_SUCH_PARTY", "No party has this code; ask its leader again.");
    if (party.players.length >= SIZE) throw new Refusal("PARTY_FULL", `A party has at most ${SIZE} players.`);
    return party;
  }

  enter(party: Party, player: PlayerRecord): void {
    party.players.push(player);
    this.#byPlayer.set(player.id, party);
  }

  /** The party that a player leads by this code. */
  ledBy(player: PlayerRecord, code: string): Party {
    const party = this.#byPlayer.get(player.id);
    if (party?.code !== code.trim().toUpperCase()) {
      throw new Refusal("NO_SUCH_PARTY", "You are in no party with this code.");
    }
    if (party.leader.id !== player.id)
      throw new Refusal("NOT_THE_LEADER", "The leader of the party joins for all.");
    return party;
  }

  /** Takes a player out. A party ends with its leader. Returns the party as it is now. */
  leave(playerId: string): { readonly party: Party; readonly out: readonly PlayerRecord[] } | undefined {
    const party = this.#byPlayer.get(playerId);
    if (!party) return undefined;
    const isOver = party.leader.id === playerId;
    const out = party.players.filter(({ id }) => isOver || id === playerId);
    for (const { id } of out) this.#byPlayer.delete(id);
    party.players.splice(0, Infinity, ...party.players.filter((player) => !out.includes(player)));
    if (isOver) this.#byCode.delete(party.code);
    return { party, out };
  }

  #refuseMember({ id }: PlayerRecord): void {
    if (this.#byPlayer.has(id))
      throw new Refusal("IN_A_PARTY", "You are in a party already; leave it first.");
  }
}

export function partyViewOf({ code, leader, players }: Party): PartyView {
  return { code, leaderId: leader.id, players: players.map(viewOf) };
}

function newCode(): string {
  return Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
