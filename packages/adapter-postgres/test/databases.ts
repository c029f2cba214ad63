import { freshDatabase, type FreshDatabaseOptions } from "@evenmatch/services";
import { Client, escapeIdentifier, Pool } from "pg";
import { grants, migrate } from "../src/index.js";

const PASSWORD = "secret";

/** A database of one test, with pools that end with it. */
export class TestDatabase implements AsyncDisposable {
  readonly url: string;
  /** Connections of the server's owner, to look and to set up with. */
  readonly admin: Pool;
  readonly #pools: Pool[] = [];
  readonly #roles: string[] = [];
  #app: Promise<string> | undefined;
  readonly #server: string;
  readonly #drop: () => Promise<void>;

  private constructor(url: string, server: string, drop: () => Promise<void>) {
    this.url = url;
    this.#server = server;
    this.#drop = drop;
    this.admin = this.pool();
  }

  static async on(
    server: { readonly url: string },
    options: FreshDatabaseOptions = {},
  ): Promise<TestDatabase> {
    const { url, drop } = await freshDatabase(server, options);
    return new TestDatabase(url, server.url, drop);
  }

  /** The name of the database. */
  get name(): string {
    return new URL(this.url).pathname.slice(1);
  }

  /** A role that may log in and nothing else; the name is unique on the server. */
  async role(name: string): Promise<string> {
    const role = `${this.name} ${name}`;
    await this.admin.query(`CREATE ROLE ${escapeIdentifier(role)} LOGIN PASSWORD '${PASSWORD}'`);
    this.#roles.push(role);
    return role;
  }

  /**
   * Migrates a schema, and gives what makes pools of processes on it: their role may do what `grants` says and nothing
   * more, so that whatever a test has them do shows that this is enough.
   */
  async migrated(schema = "evenmatch"): Promise<() => Pool> {
    await migrate(this.admin, { schema });
    this.#app ??= this.role("app");
    const app = await this.#app;
    await this.admin.query(grants({ app }, { schema }));
    return () => this.pool({ role: app });
  }

  /** Another pool, as another process has it. */
  pool({ max = 4, role, url: way = this.url }: { max?: number; role?: string; url?: string } = {}): Pool {
    const url = new URL(way);
    if (role !== undefined) {
      url.username = encodeURIComponent(role);
      url.password = PASSWORD;
    }
    const pool = new Pool({ connectionString: url.href, max });
    pool.on("error", () => {});
    this.#pools.push(pool);
    return pool;
  }

  async rows<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(text, values)).rows as Row[];
  }

  /** What a schema holds, one line each, with the rows of the migrations that were applied. */
  async contents(schema: string): Promise<string[]> {
    const rows = await this.rows<{ line: string }>(
      `SELECT kind || ' ' || name AS line FROM (
         SELECT relkind::text, relname || ' ' || coalesce((SELECT string_agg(attname || ' ' || atttypid::regtype, ', '
           ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0), '')
         FROM pg_class c WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
         UNION ALL SELECT 'function', proname FROM pg_proc
         WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
       ) AS object (kind, name) ORDER BY line`,
      [schema],
    );
    return rows.map(({ line }) => line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pools.map(async (pool) => pool.ended || pool.end()));
    await this.#drop();
    if (this.#roles.length === 0) return;
    const client = new Client({ connectionString: this.#server });
    await client.connect();
    for (const role of this.#roles) await client.query(`DROP ROLE ${escapeIdentifier(role)}`);
    await client.end();
  }
}
