/**
 * What the adapter needs of the driver `kafkajs`, as structures: a `Kafka` of the application fits, and its types are
 * not imported for it. A test compares these with the driver's own types.
 */

/** What reaches the brokers: a `Kafka` of kafkajs. */
export interface KafkaLike {
  /** Makes one who writes; it connects when it is told to. */
  producer(settings?: ProducerSettings): ProducerLike;
  /** Makes one who reads as a member of a group. */
  consumer(settings: ConsumerSettings): ConsumerLike;
  /** Makes one who asks for topics, offsets and groups. */
  admin(settings?: AdminSettings): AdminLike;
}

/** How often and how soon kafkajs tries again by itself. Times are in ms. */
export interface RetrySettings {
  maxRetryTime?: number;
  initialRetryTime?: number;
  factor?: number;
  multiplier?: number;
  retries?: number;
}

/** What an {@link AdminLike} is made with. */
export interface AdminSettings {
  retry?: RetrySettings;
}

/** What a {@link ProducerLike} is made with. */
export interface ProducerSettings {
  createPartitioner?: () => (record: {
    topic: string;
    partitionMetadata: { partitionId: number; leader: number }[];
    message: RecordToSend;
  }) => number;
  retry?: RetrySettings;
  metadataMaxAge?: number;
  allowAutoTopicCreation?: boolean;
  idempotent?: boolean;
  transactionalId?: string;
  transactionTimeout?: number;
  maxInFlightRequests?: number;
}

/** What a {@link ConsumerLike} is made with. Times are in ms. */
export interface ConsumerSettings {
  groupId: string;
  partitionAssigners?: AssignerMaker[];
  metadataMaxAge?: number;
  sessionTimeout?: number;
  rebalanceTimeout?: number;
  heartbeatInterval?: number;
  maxBytesPerPartition?: number;
  minBytes?: number;
  maxBytes?: number;
  maxWaitTimeInMs?: number;
  retry?: RetrySettings & { restartOnFailure?: (error: Error) => Promise<boolean> };
  allowAutoTopicCreation?: boolean;
  maxInFlightRequests?: number;
  readUncommitted?: boolean;
}

/** Partition numbers by topic. */
export type Assignment = Record<string, number[]>;

/** Who says which member of a group reads which partitions. */
export interface Assigner {
  name: string;
  version: number;
  /** Called on the member that leads the group, with what each member said by `protocol`. */
  assign(group: {
    members: { memberId: string; memberMetadata: Buffer }[];
    topics: string[];
  }): Promise<{ memberId: string; memberAssignment: Buffer }[]>;
  /** What a member tells the one that leads, each time it joins. */
  protocol(subscription: { topics: string[] }): { name: string; metadata: Buffer };
}

/** What an assigner is made with, by the consumer that it belongs to. */
export type AssignerMaker = (around: {
  cluster: { findTopicPartitionMetadata(topic: string): { partitionId: number }[] };
  groupId: string;
}) => Assigner;

/** Bytes beside a record, by name. */
export type Headers = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

/** A record on its way to a topic. */
export interface RecordToSend {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  partition?: number;
  headers?: Headers;
  timestamp?: string;
}

/** Where what was sent has come to lie. */
export interface Sent {
  topicName: string;
  partition: number;
  errorCode: number;
  baseOffset?: string;
}

/** One who writes records. */
export interface Sender {
  send(batch: { topic: string; messages: RecordToSend[]; acks?: number; timeout?: number }): Promise<Sent[]>;
  sendBatch(batch: {
    topicMessages?: { topic: string; messages: RecordToSend[] }[];
    acks?: number;
    timeout?: number;
  }): Promise<Sent[]>;
}

/** One who writes, alone or in transactions. */
export interface ProducerLike extends Sender {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  transaction(): Promise<TransactionLike>;
}

/** Records that become visible all together, or never. */
export interface TransactionLike extends Sender {
  commit(): Promise<void>;
  abort(): Promise<void>;
  isActive(): boolean;
}

/** A record as it was read. */
export interface RecordRead {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
  offset: string;
  headers?: Headers;
}

/** Records of one partition as they were fetched. */
export interface Batch {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: RecordRead[];
  lastOffset(): string;
}

/** What a consumer calls its handler with. */
export interface BatchCall {
  batch: Batch;
  resolveOffset(offset: string): void;
  heartbeat(): Promise<void>;
  pause(): () => void;
  /** Commits at once what it is given. */
  commitOffsetsIfNecessary(offsets: {
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<void>;
  isRunning(): boolean;
  isStale(): boolean;
}

/** What a consumer tells when it has become a member of its group. */
export interface GroupJoined {
  payload: { groupId: string; memberId: string; isLeader: boolean; memberAssignment: Assignment };
}

/** What a consumer tells when it cannot go on. */
export interface Crashed {
  payload: { error: Error; groupId: string; restart: boolean };
}

/** What a {@link ConsumerLike} tells when it asks a broker for records. */
export interface FetchStarted {
  readonly payload: { readonly nodeId: unknown };
}

/** One who reads as a member of a group. */
export interface ConsumerLike {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(what: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  stop(): Promise<void>;
  run(how: {
    autoCommit?: boolean;
    eachBatchAutoResolve?: boolean;
    partitionsConsumedConcurrently?: number;
    eachBatch: (call: BatchCall) => Promise<void>;
  }): Promise<void>;
  commitOffsets(offsets: { topic: string; partition: number; offset: string }[]): Promise<void>;
  seek(to: { topic: string; partition: number; offset: string }): void;
  pause(what: { topic: string; partitions?: number[] }[]): void;
  resume(what: { topic: string; partitions?: number[] }[]): void;
  /** Returns what removes the listener. */
  on(event: "consumer.group_join", listener: (joined: GroupJoined) => void): () => void;
  on(event: "consumer.fetch_start", listener: (started: FetchStarted) => void): () => void;
  on(event: "consumer.crash", listener: (crashed: Crashed) => void): () => void;
  on(
    event:
      | "consumer.heartbeat"
      | "consumer.fetch"
      | "consumer.rebalancing"
      | "consumer.stop"
      | "consumer.connect"
      | "consumer.disconnect",
    listener: () => void,
  ): () => void;
}

/** A setting of a topic, as the brokers have it. */
export interface ConfigEntry {
  configName: string;
  configValue: string;
}

/** Partitions of a topic, and the brokers that have them. */
export interface TopicMetadata {
  name: string;
  partitions: { partitionId: number; leader: number; replicas: number[]; isr: number[] }[];
}

/** The ends of a partition: the oldest record that is there, and behind the newest. */
export interface PartitionEnds {
  partition: number;
  offset: string;
  high: string;
  low: string;
}

/** One who asks for topics, offsets and groups, and changes them. */
export interface AdminLike {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  createTopics(what: {
    waitForLeaders?: boolean;
    timeout?: number;
    topics: {
      topic: string;
      numPartitions?: number;
      replicationFactor?: number;
      configEntries?: { name: string; value: string }[];
    }[];
  }): Promise<boolean>;
  fetchTopicMetadata(options?: { topics: string[] }): Promise<{ topics: TopicMetadata[] }>;
  fetchTopicOffsets(topic: string): Promise<PartitionEnds[]>;
  fetchTopicOffsetsByTimestamp(
    topic: string,
    timestamp?: number,
  ): Promise<{ partition: number; offset: string }[]>;
  fetchOffsets(options: {
    groupId: string;
    topics?: string[];
  }): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  setOffsets(options: {
    groupId: string;
    topic: string;
    partitions: { partition: number; offset: string }[];
  }): Promise<void>;
  describeCluster(): Promise<{ brokers: { nodeId: number; host: string; port: number }[] }>;
  describeConfigs(what: {
    resources: { type: number; name: string; configNames?: string[] }[];
    includeSynonyms: boolean;
  }): Promise<{
    resources: { resourceName: string; errorCode: number; configEntries: ConfigEntry[] }[];
  }>;
  describeGroups(groups: string[]): Promise<{
    groups: { groupId: string; state: string; protocolType: string; members: { memberId: string }[] }[];
  }>;
  deleteGroups(groups: string[]): Promise<unknown>;
}
