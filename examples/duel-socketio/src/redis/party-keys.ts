import type { Redis } from "ioredis";
import {
  inParty,
  newPartyCode,
  PARTY_SIZE,
  partyCode,
  partyLedBy,
  partyWithout,
  partyWithRoom,
  type Parties,
  type Party,
  type PartyLeft,
} from "../parties.js";
import type { PlayerView } from "../protocol.js";
import { scriptOn } from "./script.js";

/** Arguments: prefix, player. Promise: the code of the player's party and who is in it, or nothing. */
const FIND = `
local code = redis.call('get', ARGV[1] .. ':party-of:' .. ARGV[2])
return code and { code, unpack(redis.call('lrange', ARGV[1] .. ':party:' .. code, 0, -1)) } or {}`;

/** Keys: the party, the player's party. Arguments: code, player. Promise: it is made, or the answer says why not. */
const MAKE = `
if redis.call('exists', KEYS[2]) == 1 then return 'member' end
if redis.call('exists', KEYS[1]) == 1 then return 'taken' end
redis.call('rpush', KEYS[1], ARGV[2])
redis.call('set', KEYS[2], ARGV[1])
return 'made'`;

/**
 * Keys: the party, the player's party. Arguments: code, player, the size of a party. Promise: answers who was in it before;
 * the player is in it, if there was room, and if they were in none: then the answer is a number.
 */
const ENTER = `
local players = redis.call('lrange', KEYS[1], 0, -1)
if #players == 0 or #players >= tonumber(ARGV[3]) then return players end
if redis.call('exists', KEYS[2]) == 1 then return 0 end
redis.call('rpush', KEYS[1], ARGV[2])
redis.call('set', KEYS[2], ARGV[1])
return players`;

/** Arguments: prefix, player. Promise: the player is in no party, nor is who was led; answers what it was, or nothing. */
const LEAVE = `
local prefix, player = ARGV[1], ARGV[2]
local code = redis.call('get', prefix .. ':party-of:' .. player)
if not code then return {} end
local party = prefix .. ':party:' .. code
local players = redis.call('lrange', party, 0, -1)
for index, text in ipairs(players) do
  local id = cjson.decode(text).id
  if index == 1 and id == player then
    redis.call('del', party)
    for _, member in ipairs(players) do redis.call('del', prefix .. ':party-of:' .. cjson.decode(member).id) end
    break
  end
  if id == player then redis.call('lrem', party, 1, text) end
end
redis.call('del', prefix .. ':party-of:' .. player)
return { code, unpack(players) }`;

/** Parties as lists of players, the leader first, and the code of each player's party. They end with their players. */
export class PartyKeys implements Parties {
  readonly #find;
  readonly #make;
  readonly #enter;
  readonly #leave;

  constructor(
    private readonly client: Redis,
    private readonly prefix: string,
  ) {
    this.#find = scriptOn(client, "duelPartyFind", FIND);
    this.#make = scriptOn(client, "duelPartyMake", MAKE);
    this.#enter = scriptOn(client, "duelPartyEnter", ENTER);
    this.#leave = scriptOn(client, "duelPartyLeave", LEAVE);
  }

  async of(playerId: string): Promise<Party | undefined> {
    return partyOf(await this.#find([], this.prefix, playerId));
  }

  async create(leader: PlayerView): Promise<Party> {
    for (;;) {
      const code = newPartyCode();
      const made = await this.#make(this.#keys(code, leader), code, JSON.stringify(leader));
      if (made === "made") return { code, leader, players: [leader] };
      if (made === "member") throw inParty();
    }
  }

  async open(code: string, player: PlayerView): Promise<Party> {
    if (await this.of(player.id)) throw inParty();
    const known = partyCode(code);
    return partyWithRoom(partyOf([known, ...(await this.client.lrange(this.#key(known), 0, -1))]));
  }

  async enter(code: string, player: PlayerView): Promise<Party> {
    const known = partyCode(code);
    const entered = await this.#enter(this.#keys(known, player), known, JSON.stringify(player), PARTY_SIZE);
    if (entered === 0) throw inParty();
    const party = partyWithRoom(partyOf([known, ...(entered as string[])]));
    return { ...party, players: [...party.players, player] };
  }

  async ledBy(player: PlayerView, code: string): Promise<Party> {
    return partyLedBy(await this.of(player.id), player, code);
  }

  async leave(playerId: string): Promise<PartyLeft | undefined> {
    const party = partyOf(await this.#leave([], this.prefix, playerId));
    return party && partyWithout(party, playerId);
  }

  #key(code: string): string {
    return `${this.prefix}:party:${code}`;
  }

  #keys(code: string, { id }: PlayerView): string[] {
    return [this.#key(code), `${this.prefix}:party-of:${id}`];
  }
}

/** A party from its code and its players. */
function partyOf(found: unknown): Party | undefined {
  const [code, ...texts] = found as string[];
  const players = texts.map((text) => JSON.parse(text) as PlayerView);
  const [leader] = players;
  return code === undefined || !leader ? undefined : { code, leader, players };
}
