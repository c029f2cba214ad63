import type { Pool, PoolClient } from "pg";

/**
 * What this game keeps besides tickets and matches, which are the library's: who has sockets where, who sits where,
 * parties, what is counted, and what Socket.IO sends between processes.
 */
const TABLES = `
  create schema if not exists duel;

  create table if not exists duel.processes (
    id text primary key,
    name text not null,
    seen_at timestamptz not null
  );

  create table if not exists duel.presence (
    player_id text not null,
    process_id text not null,
    left_at timestamptz,
    primary key (player_id, process_id)
  );
  create index if not exists presence_process on duel.presence (process_id);
  create index if not exists presence_left on duel.presence (left_at) where left_at is not null;

  create table if not exists duel.seats (
    player_id text primary key,
    request_id text not null,
    ticket_id text,
    queue text not null,
    region text not null,
    players jsonb not null,
    opened_at bigint not null,
    changed_at timestamptz not null
  );
  create index if not exists seats_request on duel.seats (request_id);
  create index if not exists seats_changed on duel.seats (changed_at);

  create table if not exists duel.parties (
    code text primary key,
    leader_id text not null,
    made_at timestamptz not null default now()
  );
  create table if not exists duel.party_members (
    player_id text primary key,
    code text not null references duel.parties on delete cascade,
    place bigint generated always as identity,
    player jsonb not null
  );
  create index if not exists party_members_code on duel.party_members (code);

  create table if not exists duel.limits (key varchar(255) primary key, points integer not null default 0, expire bigint);

  create table if not exists duel.messages (
    id bigserial primary key,
    created_at timestamptz default now(),
    payload bytea
  );

  create table if not exists duel.claims (
    match_id text primary key,
    worker text not null
  );
`;

/** Of no meaning, but the same in every process. */
const LOCK = 20_260_721;

/** Makes the game's own tables where they are missing; any number of processes may do so at once. */
export async function makeTables(pool: Pool): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query(TABLES);
  });
}

/** Runs statements as one transaction; what `run` rejects with undoes them. */
export async function transaction<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: unknown;
  try {
    await client.query("begin");
    const result = await run(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((cause: unknown) => (broken = cause));
    throw error;
  } finally {
    client.release(broken !== undefined);
  }
}
