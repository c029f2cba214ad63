import { afterAll, expect, vi } from "vitest";

/** What a file of tests may not leave behind: servers that listen, and processes. */
const RUNNING = ["TCPServerWrap", "ProcessWrap"];

/** Has a file of tests fail that leaves a server or a process running. */
export function leaveNothingRunning(): void {
  const running = (): string[] => process.getActiveResourcesInfo().filter((name) => RUNNING.includes(name));
  afterAll(async () => {
    await vi.waitFor(() => expect(running()).toEqual([]), 20_000);
  });
}
