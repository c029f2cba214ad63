import {
  findKafka,
  findPostgres,
  findRedis,
  freshDatabase,
  freshPrefix,
  freshTopics,
  kafkaClient,
  type Brokers,
} from "@evenmatch/services";

/** Where a cluster keeps everything; `kafka` is with a Postgres. */
export type Kind = "postgres" | "redis" | "kafka";

/** A part of its own for one cluster, on a server that is found on this machine or started. */
export interface OwnPlace {
  /** The server, and which release it is. */
  readonly name: string;
  /** What tells a process of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes it, and ends the server where it was started for it. */
  stop(): Promise<void>;
}

const places: Readonly<Record<Kind, () => Promise<OwnPlace>>> = {
  postgres: onPostgres,
  redis: onRedis,
  kafka: onKafka,
};

export async function ownPlace(kind: Kind): Promise<OwnPlace> {
  return places[kind]();
}

async function onPostgres(): Promise<OwnPlace> {
  const server = await findPostgres();
  const database = await freshDatabase(server);
  return {
    name: `Postgres ${server.version}`,
    env: { DATABASE_URL: database.url },
    async stop() {
      await database.drop();
      await server.stop();
    },
  };
}

async function onRedis(): Promise<OwnPlace> {
  const server = await findRedis();
  const keys = freshPrefix(server);
  return {
    name: `Redis ${server.version}`,
    env: { REDIS_URL: server.url, REDIS_PREFIX: keys.prefix },
    async stop() {
      await keys.drop();
      await server.stop();
    },
  };
}

async function onKafka(): Promise<OwnPlace> {
  const database = await onPostgres();
  const server = await findKafka();
  const { prefix } = freshTopics(server);
  return {
    name: `Kafka ${server.version ?? ""} and ${database.name}`,
    env: { ...database.env, KAFKA_BROKERS: server.brokers.join(), KAFKA_PREFIX: prefix },
    async stop() {
      await dropTopics(server, prefix);
      await server.stop();
      await database.stop();
    },
  };
}

/** Removes the topics of a cluster. Groups go by themselves, of those who were killed when their sessions end. */
export async function dropTopics(server: Brokers, prefix: string): Promise<void> {
  const admin = kafkaClient(server).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
