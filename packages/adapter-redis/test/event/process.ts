import { join } from "node:path";
import { MemberProcess } from "@evenmatch/services/vitest/adapter";
import type { EventsSubject } from "./subject.js";

const PROGRAM = join(import.meta.dirname, "member-process.ts");

/** A member of a group in a process of its own, which begins batches and finishes them or hangs. */
export function startMember(
  subject: EventsSubject,
  group: string,
  mode: "hangs" | "finishes",
): Promise<MemberProcess> {
  return MemberProcess.start(PROGRAM, [subject.url, subject.prefix, group, mode]);
}
