import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { freePorts, Kept, type Watch } from "@evenmatch/services";

/** One process of the cluster: what it is called, what it does, and where it is. */
export interface Member {
  readonly name: string;
  readonly role: "api" | "worker";
  /** Where players reach it, if they do; the same after each start. */
  readonly url?: string;
}

const main = resolve(import.meta.dirname, "../src/main.ts");

/** What a process prints when it can be used. */
const ready = /plays at | works$/;

/** What a cluster is made of. */
export interface ClusterOptions {
  /** What tells a process where all of them keep everything: DATABASE_URL, with KAFKA_BROKERS or alone, or REDIS_URL. */
  readonly place: Readonly<Record<string, string>>;
  readonly apis: number;
  readonly workers: number;
  /** The first API process listens here and the others on the ports that follow; free ones when left out. */
  readonly port?: number | undefined;
  /** More of the environment of every process. */
  readonly env: Readonly<Record<string, string>>;
  readonly watch: Watch<Member>;
}

/** Several processes of one game that keep everything together, which are started again whenever they end. */
export class Cluster {
  private constructor(private readonly processes: readonly Kept<Member>[]) {}

  /** Starts all of them; resolves when all can be used. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { place, apis, workers, port, env, watch } = options;
    const ports =
      port === undefined ? await freePorts(apis) : Array.from({ length: apis }, (_, index) => port + index);
    const members: Member[] = [
      ...ports.slice(0, apis).map((port, index) => ({
        name: `api${index + 1}`,
        role: "api" as const,
        url: `http://127.0.0.1:${port}`,
      })),
      ...Array.from({ length: workers }, (_, index) => ({
        name: `worker${index + 1}`,
        role: "worker" as const,
      })),
    ];
    const shared = {
      // Every process takes the tokens that any of them has given.
      TOKEN_SECRET: randomBytes(32).toString("hex"),
      ...env,
      // Of these only the place is meant.
      DATABASE_URL: "",
      REDIS_URL: "",
      KAFKA_BROKERS: "",
      ...place,
      HOST: "127.0.0.1",
    };
    const processes = members.map((member) => {
      const { name, role, url } = member;
      const own = { ...shared, ROLE: role, PROCESS_NAME: name, ...(url && { PORT: new URL(url).port }) };
      return new Kept(member, own, { main, ready, watch });
    });
    const cluster = new Cluster(processes);
    try {
      await cluster.ready();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Every process, and its pid while it runs. */
  get members(): readonly (Member & { readonly pid: number | undefined })[] {
    return this.processes.map(({ member, pid }) => ({ ...member, pid }));
  }

  get urls(): readonly string[] {
    return this.members.flatMap(({ url }) => url ?? []);
  }

  /** Resolves when all can be used. */
  async ready(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.ready()));
  }

  /** Kills a process with -9; false while it is down. */
  kill(name: string): boolean {
    return this.processes.find(({ member }) => member.name === name)?.kill() ?? false;
  }

  /** Asks all to close, those first who talk to players; resolves when they have. */
  async close(): Promise<void> {
    for (const role of ["api", "worker"]) {
      await Promise.all(
        this.processes.filter(({ member }) => member.role === role).map((one) => one.close()),
      );
    }
  }
}
