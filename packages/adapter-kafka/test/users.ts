import { startKafka, type KafkaServer } from "@evenmatch/services";

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
