/** Lines of server.properties. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>;

/**
 * For brokers that nobody kills: a machine that has much else to do keeps a broker waiting for seconds, and one that was
 * not heard of for that long has no partitions until it is.
 */
export const STEADY: KafkaSettings = {
  "broker.session.timeout.ms": 18_000,
  "broker.heartbeat.interval.ms": 1_000,
};

/** What a broker is in its cluster. */
export interface Member {
  /** Its number, from 1. */
  id: number;
  /** The port for clients who come without a proxy, and for the other brokers. */
  port: number;
  /** The port on which the controllers agree. */
  controllerPort: number;
  /** One more port per proxy, and the proxy's own, which is what clients are told. */
  proxied: readonly { port: number; proxyPort: number }[];
}

/** What every broker is told besides where it is. */
export function settingsOf(members: number): KafkaSettings {
  // Of three brokers one may be lost: two have everything then, and still take writes.
  const replicas = Math.min(3, members);
  const needed = Math.max(1, replicas - 1);
  return {
    "default.replication.factor": replicas,
    "min.insync.replicas": needed,
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": needed,
    // One partition each: they are made sooner, and a test knows which broker coordinates all groups, and which all
    // transactions: the one that leads the partition.
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 1,
    // A topic that a test misspells is an error.
    "auto.create.topics.enable": false,
    // A group's first member does not wait 3 s for others.
    "group.initial.rebalance.delay.ms": 0,
    // A transaction whose time is over ends at once, not up to 10 s later.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 250,
    // A broker that comes back after a kill is not let in before its last session is over, 9 s otherwise; and so
    // long a killed or paused broker is taken for alive.
    "broker.session.timeout.ms": 2_000,
    "broker.heartbeat.interval.ms": 250,
    // Small files: what is read again after a kill is little, and compaction has closed segments to work on.
    "log.segment.bytes": 16 * 2 ** 20,
    "log.index.size.max.bytes": 2 ** 20,
    // What is deleted leaves the disk at once, not after a minute.
    "log.segment.delete.delay.ms": 1_000,
    // It is taken from the heap at the start, 128 MB otherwise.
    "log.cleaner.dedupe.buffer.size": 4 * 2 ** 20,
    // Compaction looks for work every second, not every 15.
    "log.cleaner.backoff.ms": 1_000,
    // Few threads: machines that run tests have few cores.
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
  };
}

/** The settings of one member of a cluster, who is broker and controller in one. */
export function placeOf(
  { id, port, controllerPort, proxied }: Member,
  voters: readonly Member[],
): KafkaSettings {
  const named = proxied.map((one, index) => ({ ...one, name: `PROXY${index}` }));
  const local = (name: string, at: number) => `${name}://127.0.0.1:${at}`;
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    "controller.quorum.voters": voters.map((one) => `${one.id}@127.0.0.1:${one.controllerPort}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "DIRECT",
    listeners: [
      local("DIRECT", port),
      local("CONTROLLER", controllerPort),
      ...named.map((one) => local(one.name, one.port)),
    ].join(","),
    // A broker tells a client the addresses that belong to the listener by which the client came: who comes through
    // a proxy stays behind proxies.
    "advertised.listeners": [
      local("DIRECT", port),
      ...named.map((one) => local(one.name, one.proxyPort)),
    ].join(","),
    "listener.security.protocol.map": ["DIRECT", "CONTROLLER", ...named.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(","),
  };
}

/** The text of server.properties. */
export function propertiesOf(settings: KafkaSettings): string {
  // A backslash begins an escape in such a file.
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name}=${String(value).replaceAll("\\", "\\\\")}\n`,
  );
  return lines.join("");
}
