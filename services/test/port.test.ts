import { expect, it, onTestFinished, vi } from "vitest";
import { freePorts } from "../src/process/port.js";

it("gives no port to two workers of a run, nor twice to one", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  const ports: number[][] = [];
  for (const worker of ["1", "2"]) {
    vi.stubEnv("VITEST_POOL_ID", worker);
    ports.push((await Promise.all([freePorts(10), freePorts(10)])).flat());
  }
  const [one, other] = ports as [number[], number[]];
  expect(new Set(one).size).toBe(20);
  expect(Math.max(...one)).toBeLessThan(Math.min(...other));
});
