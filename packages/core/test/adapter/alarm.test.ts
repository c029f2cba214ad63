import { Alarm } from "@evenmatch/core/adapter";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";

/** An alarm, with how often one who does nothing but sleep has woken. */
function sleeper(): { alarm: Alarm; settle: () => Promise<void>; woken: () => number } {
  const alarm = new Alarm();
  const clock = new ManualClock();
  let woken = 0;
  void (async () => {
    for (;;) {
      await alarm.rung();
      woken++;
    }
  })();
  return { alarm, settle: () => clock.settle(), woken: () => woken };
}

it("an alarm wakes who sleeps, each time that it rings", async () => {
  const { alarm, settle, woken } = sleeper();
  await settle();
  expect(woken()).toBe(0);
  for (const times of [1, 2, 3]) {
    alarm.ring();
    await settle();
    expect(woken()).toBe(times);
  }
});

it("an alarm keeps one ring for who does not sleep yet, and no more than one", async () => {
  const alarm = new Alarm();
  alarm.ring();
  alarm.ring();
  await alarm.rung();
  const second = alarm.rung().then(() => "woken");
  expect(await Promise.race([second, new ManualClock().settle()])).toBeUndefined();
  alarm.ring();
  expect(await second).toBe("woken");
});
