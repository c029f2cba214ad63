import { EvenmatchError } from "@evenmatch/core";

/** What is told of a record that could not be read, and was set aside. */
export function unreadable(id: string, where: string): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "what Evenmatch keeps is changed by nobody else",
    received: id,
    remedy: `The record is set aside in ${where}; the pool goes on without it.`,
  });
}
