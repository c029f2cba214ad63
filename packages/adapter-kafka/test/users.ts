import { kafkaClient, startKafka, STEADY, type Brokers, type KafkaServer } from "@evenmatch/services";
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
} from "kafkajs";
import { vi } from "vitest";

/** What a user may do, or may not. */
export interface Grant {
  readonly resource: keyof typeof AclResourceTypes;
  /** The name of it, or what its name begins with, which it is unless something else is said. */
  readonly name: string;
  readonly pattern?: "PREFIXED" | "LITERAL";
  /** All of them when left out. */
  readonly operation?: keyof typeof AclOperationTypes;
  readonly permission?: "ALLOW" | "DENY";
}

/** A right of a user, as an administrator of kafkajs grants it. */
export function rightOf(
  user: string,
  { resource, name, pattern = "PREFIXED", operation = "ALL", permission = "ALLOW" }: Grant,
): AclEntry {
  return {
    resourceType: AclResourceTypes[resource],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes[pattern],
    principal: `User:${user}`,
    host: "*",
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes[permission],
  };
}

/** What an administrator of kafkajs is shown of everything that is granted and denied. */
const EVERYTHING = {
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
};

/**
 * Grants rights, and waits until the broker goes by them: it answers when they are written down, which is before. Who asks
 * is one who may do everything.
 */
export async function grant(server: Brokers, rights: readonly AclEntry[]): Promise<void> {
  const admin = kafkaClient(server).admin();
  await admin.connect();
  await admin.createAcls({ acl: [...rights] });
  const areKnown = async (): Promise<boolean> => {
    const { resources } = await admin.describeAcls(EVERYTHING);
    const known = new Set(
      resources.flatMap(({ acls, ...of }) => acls.map((acl) => nameOf({ ...of, ...acl }))),
    );
    return rights.every((right) => known.has(nameOf(right)));
  };
  await vi.waitUntil(areKnown, { timeout: 30_000, interval: 20 });
  await admin.disconnect();
}

function nameOf(right: AclEntry): string {
  const { resourceType, resourceName, resourcePatternType } = right;
  const { principal, host, operation, permissionType } = right;
  const parts = [resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType];
  return JSON.stringify(parts);
}

/**
 * A broker of a test's own that asks those who come through its proxy who they are, and lets them do what is granted to
 * them. Who comes without may do everything.
 */
export function startForUsers(users: readonly string[], password: string): Promise<KafkaServer> {
  const known = users.map((user) => `user_${user}="${password}"`).join(" ");
  return startKafka({
    proxies: 1,
    settings: {
      ...STEADY,
      "listener.security.protocol.map": "DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXY0:SASL_PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.proxy0.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${known};`,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
    },
  });
}
