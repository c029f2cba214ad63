import type { Pool, PoolClient } from "pg";
import {
  inParty,
  newPartyCode,
  partyCode,
  partyLedBy,
  partyWithout,
  partyWithRoom,
  type Parties,
  type Party,
  type PartyLeft,
} from "../parties.js";
import type { PlayerView } from "../protocol.js";
import { transaction } from "./tables.js";

interface Row {
  readonly code: string;
  readonly leader_id: string;
  readonly players: PlayerView[];
}

const PARTY = `
  select code, leader_id, (
    select json_agg(player order by place) from duel.party_members as member where member.code = party.code
  ) as players from duel.parties as party`;

const BY_CODE = `${PARTY} where code = $1`;
const BY_PLAYER = `${PARTY} where code = (select code from duel.party_members where player_id = $1)`;

/** Parties whose members may be connected to different processes. */
export class PartyTables implements Parties {
  constructor(private readonly pool: Pool) {}

  of(playerId: string): Promise<Party | undefined> {
    return find(this.pool, BY_PLAYER, playerId);
  }

  async create(leader: PlayerView): Promise<Party> {
    return transaction(this.pool, async (client) => {
      let code = newPartyCode();
      while (!(await made(client, code, leader))) code = newPartyCode();
      await enter(client, code, leader);
      return { code, leader, players: [leader] };
    });
  }

  async open(code: string, player: PlayerView): Promise<Party> {
    if (await this.of(player.id)) throw inParty();
    return partyWithRoom(await find(this.pool, BY_CODE, partyCode(code)));
  }

  async enter(code: string, player: PlayerView): Promise<Party> {
    return transaction(this.pool, async (client) => {
      const party = partyWithRoom(await locked(client, partyCode(code)));
      await enter(client, party.code, player);
      return { ...party, players: [...party.players, player] };
    });
  }

  async ledBy(player: PlayerView, code: string): Promise<Party> {
    return partyLedBy(await this.of(player.id), player, code);
  }

  async leave(playerId: string): Promise<PartyLeft | undefined> {
    return transaction(this.pool, async (client) => {
      const seen = await find(client, BY_PLAYER, playerId);
      const party = seen && (await locked(client, seen.code));
      if (!party?.players.some(({ id }) => id === playerId)) return undefined;
      const left = partyWithout(party, playerId);
      if (left.party.players.length === 0)
        await client.query("delete from duel.parties where code = $1", [party.code]);
      else await client.query("delete from duel.party_members where player_id = $1", [playerId]);
      return left;
    });
  }
}

/** The party, which nobody else changes before the transaction ends. */
async function locked(client: PoolClient, code: string): Promise<Party | undefined> {
  await client.query("select from duel.parties where code = $1 for update", [code]);
  return find(client, BY_CODE, code);
}

/** False where the code is taken. */
async function made(client: PoolClient, code: string, leader: PlayerView): Promise<boolean> {
  const { rowCount } = await client.query(
    "insert into duel.parties (code, leader_id) values ($1, $2) on conflict do nothing",
    [code, leader.id],
  );
  return rowCount === 1;
}

/** A player is in one party at most. */
async function enter(client: PoolClient, code: string, player: PlayerView): Promise<void> {
  const { rowCount } = await client.query(
    "insert into duel.party_members (player_id, code, player) values ($1, $2, $3) on conflict do nothing",
    [player.id, code, player],
  );
  if (rowCount !== 1) throw inParty();
}

async function find(from: Pool | PoolClient, query: string, key: string): Promise<Party | undefined> {
  const { rows } = await from.query<Row>(query, [key]);
  const [row] = rows;
  const leader = row?.players.find(({ id }) => id === row.leader_id);
  return row && leader && { code: row.code, leader, players: row.players };
}
