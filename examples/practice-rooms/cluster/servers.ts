import { Kept, type Watch } from "@evenmatch/services";
import { resolve } from "node:path";

/** One server of several. */
export interface Member {
  readonly name: string;
  /** The same after each start. */
  readonly url: string;
}

/** What several servers have in common, and where each of them is. */
export interface ServersOptions {
  readonly ports: readonly number[];
  /** The environment of all of them; without a `TOKEN_SECRET` none would take the sessions of the others. */
  readonly env: Readonly<Record<string, string>> & {
    readonly TOKEN_SECRET: string;
    readonly REDIS_URL: string;
  };
  readonly watch: Watch<Member>;
}

const main = resolve(import.meta.dirname, "../src/main.ts");

/** What a server prints when it can be used. */
const ready = /^Practice rooms are open at /;

/** Several servers of one queue, which are started again whenever they end. */
export class Servers {
  readonly #kept: readonly Kept<Member>[];

  private constructor({ ports, env, watch }: ServersOptions) {
    this.#kept = ports.map((port, index) => {
      const member = { name: `server${index + 1}`, url: `http://127.0.0.1:${port}` };
      const own = { ...env, HOST: "127.0.0.1", PORT: String(port), PROCESS_NAME: member.name };
      return new Kept<Member>(member, own, { main, ready, watch });
    });
  }

  /** Starts all of them; resolves when all can be used, and rejects with what one said that could not start. */
  static async start(options: ServersOptions): Promise<Servers> {
    const servers = new Servers(options);
    try {
      await servers.ready();
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /** Every server, and its pid while it runs. */
  get members(): readonly (Member & { readonly pid: number | undefined })[] {
    return this.#kept.map(({ member, pid }) => ({ ...member, pid }));
  }

  async ready(): Promise<void> {
    await Promise.all(this.#kept.map((one) => one.ready()));
  }

  /** Kills a server with −9; it starts again. */
  kill(name: string): boolean {
    return this.#kept.find(({ member }) => member.name === name)?.kill() ?? false;
  }

  async close(): Promise<void> {
    await Promise.all(this.#kept.map((one) => one.close()));
  }
}
