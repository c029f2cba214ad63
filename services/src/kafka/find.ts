import { aliveBrokers } from "./client.js";
import { dockerKafka } from "./docker.js";
import {
  kafkaRemedy,
  machineKafka,
  mavenKafka,
  usualKafkaPlaces,
  type KafkaFlavour,
  type KafkaInstallation,
  type KafkaPlaces,
} from "./installation.js";
import { STEADY } from "./settings.js";
import { launchKafka } from "./start.js";

/** A Kafka to work with. It may be shared, so it is used, but neither restarted nor set up differently. */
export interface FoundKafka {
  /** As `host:port`. */
  brokers: string[];
  /** For example `3.9.2`; unknown of brokers that the environment names, for they do not tell. */
  version: string | undefined;
  source: "environment" | "programs" | "docker";
  /** Ends it where it was started for the caller, and leaves it alone where it was there before. */
  stop(): Promise<void>;
}

/** The environment variables that name brokers, one per flavour: `host:port`, or several of them with commas between. */
export const kafkaVariables: Record<KafkaFlavour, string> = {
  usual: "EVENMATCH_KAFKA_BROKERS",
  newest: "EVENMATCH_KAFKA_NEWEST_BROKERS",
};

type Source = (flavour: KafkaFlavour, places: KafkaPlaces) => Promise<FoundKafka | undefined>;

const order: Source[] = [fromEnvironment, programsFrom(machineKafka), dockerKafka, programsFrom(mavenKafka)];

/**
 * The first Kafka of these: the brokers in `EVENMATCH_KAFKA_BROKERS` (for the newest `EVENMATCH_KAFKA_NEWEST_BROKERS`),
 * Kafka's programs on PATH, Docker, and what Maven fetches.
 *
 * @throws Error saying what to install, where there is none of them.
 */
export async function findKafka(
  flavour: KafkaFlavour = "usual",
  places: KafkaPlaces = usualKafkaPlaces(),
): Promise<FoundKafka> {
  for (const source of order) {
    const found = await source(flavour, places);
    if (found !== undefined) return found;
  }
  throw new Error(
    `No Kafka was found for the flavour "${flavour}". ${kafkaRemedy} Or start Docker, or set ` +
      `${kafkaVariables[flavour]} to the host:port of brokers on which topics may be made and deleted.`,
  );
}

async function fromEnvironment(flavour: KafkaFlavour): Promise<FoundKafka | undefined> {
  const variable = kafkaVariables[flavour];
  const brokers = (process.env[variable] ?? "").split(",").map((one) => one.trim());
  const named = brokers.filter((one) => one !== "");
  if (named.length === 0) return undefined;
  try {
    await aliveBrokers(named);
  } catch (error) {
    throw new Error(`The Kafka brokers that ${variable} names do not answer.`, { cause: error });
  }
  return { brokers: named, version: undefined, source: "environment", stop: () => Promise.resolve() };
}

function programsFrom(
  search: (flavour: KafkaFlavour, places: KafkaPlaces) => Promise<KafkaInstallation | undefined>,
): Source {
  return async (flavour, places) => {
    const installation = await search(flavour, places);
    if (installation === undefined) return undefined;
    const [server] = await launchKafka(installation, 1, { flavour, settings: STEADY });
    const { brokers, version } = server!;
    return { brokers, version, source: "programs", stop: () => server!.stop() };
  };
}
