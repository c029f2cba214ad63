import { randomBytes } from "node:crypto";
import { freePorts } from "../process/port.js";
import { startProxy, type TcpProxy } from "../proxy/proxy.js";
import { archiveClasses } from "./archive.js";
import { kafkaDirectory, QUICK } from "./files.js";
import { obtainKafka, type KafkaFlavour, type KafkaInstallation, type KafkaPlaces } from "./installation.js";
import { KafkaServer } from "./server.js";
import { placeOf, settingsOf, type KafkaSettings, type Member } from "./settings.js";

/** What kind of Kafka to start. */
export interface KafkaOptions {
  /** Default `usual`: what the machine has, else 3.9. */
  flavour?: KafkaFlavour;
  /** More lines of server.properties. They come before those that make it quick. */
  settings?: KafkaSettings;
  /**
   * How many proxies to put before each broker, by which a test cuts clients off. Default 0. A client that is given
   * `brokersThrough(n)` meets the n-th proxy of each broker and no other, so that one of two clients can be cut off.
   */
  proxies?: number;
  /**
   * Flags of the Java machine, besides 512 MB of memory. By default those with which it starts fast; none (`[]`) to
   * measure how fast Kafka is.
   */
  java?: readonly string[];
  /** Where to look for the programs. Default PATH, then what Maven fetches. */
  places?: KafkaPlaces;
}

/**
 * Starts a broker that belongs to the caller alone, so that it may be restarted, killed and set up as a test needs it.
 * It is its own controller, listens on a free port of 127.0.0.1, and runs as an unprivileged user where this process
 * is root.
 *
 * @throws Error saying what to install, where no programs of Kafka are found.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const [server] = await startBrokers(1, options);
  return server!;
}

/** Starts the brokers of a new cluster, and waits until each is let in. */
export async function startBrokers(count: number, options: KafkaOptions): Promise<KafkaServer[]> {
  const installation = await obtainKafka(options.flavour ?? "usual", options.places);
  return launchKafka(installation, count, options);
}

/** The same with these programs. */
export async function launchKafka(
  installation: KafkaInstallation,
  count: number,
  options: KafkaOptions,
): Promise<KafkaServer[]> {
  await archiveClasses(installation, async (java) => {
    const [server] = await launch(installation, 1, { java });
    return server!;
  });
  return launch(installation, count, options);
}

/** Starts the brokers of a new cluster on ports that are really free. */
async function launch(
  installation: KafkaInstallation,
  count: number,
  options: KafkaOptions,
): Promise<KafkaServer[]> {
  for (let attempt = 1; ; attempt++) {
    const servers = await prepare(installation, count, options);
    try {
      await Promise.all(servers.map((server) => server.begin()));
      await Promise.all(servers.map((server) => server.ready()));
      return servers;
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      // Somebody else took a port since we looked. The end of a log may not reach back to where it says so.
      if (attempt < 5 && /Address already in use|Unable to start acceptor/.test(String(error))) continue;
      throw error;
    }
  }
}

/** A member of a cluster that has no files yet, and the proxies before it. */
interface Planned {
  member: Member;
  proxies: TcpProxy[];
}

/** The brokers of a new cluster, each with its files, but not started yet. */
async function prepare(
  installation: KafkaInstallation,
  count: number,
  { flavour = "usual", settings = {}, proxies = 0, java = QUICK }: KafkaOptions,
): Promise<KafkaServer[]> {
  const cluster = clusterName();
  const planned: Planned[] = [];
  // All of them together: two that are looked for one after the other may be the same.
  const ports = await freePorts(count * (2 + proxies));
  for (let id = 1; id <= count; id++) planned.push(await plan(id, ports.splice(0, 2 + proxies)));
  const members = planned.map(({ member }) => member);
  const make = async ({ member, proxies }: Planned) => {
    const all = { ...settingsOf(count), ...placeOf(member, members), ...settings };
    const files = await kafkaDirectory(installation, { cluster, java, settings: all });
    return new KafkaServer(files, { id: member.id, port: member.port, flavour, proxies });
  };
  const made = await Promise.allSettled(planned.map(make));
  const failed = made.find((one) => one.status === "rejected");
  const servers = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (failed === undefined) return servers;
  await Promise.all(servers.map((server) => server.stop()));
  await Promise.all(planned.flatMap(({ proxies }) => proxies.map((proxy) => proxy.close())));
  throw failed.reason;
}

/** Kafka writes the 16 bytes of a cluster's name in 22 letters. The first one would be taken for an option's dash. */
function clusterName(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString("base64url");
}

async function plan(id: number, ports: readonly number[]): Promise<Planned> {
  const [port = 0, controllerPort = 0, ...others] = ports;
  const [proxies, proxied]: [TcpProxy[], Member["proxied"][number][]] = [[], []];
  for (const other of others) {
    const proxy = await startProxy({ host: "127.0.0.1", port: other });
    proxies.push(proxy);
    proxied.push({ port: other, proxyPort: proxy.port });
  }
  return { member: { id, port, controllerPort, proxied }, proxies };
}
