import { startKafka, type KafkaServer } from "@evenmatch/services";
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
} from "kafkajs";

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

/**
 * A broker of a test's own that asks those who come through its proxy who they are, and lets them do what is granted to
 * them. Who comes without may do everything.
 */
export function startForUsers(users: readonly string[], password: string): Promise<KafkaServer> {
  const known = users.map((user) => `user_${user}="${password}"`).join(" ");
  return startKafka({
    proxies: 1,
    settings: {
      "listener.security.protocol.map": "DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXY0:SASL_PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.proxy0.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${known};`,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
    },
  });
}
