/** Issues so many calls for each millisecond that has passed; returns how late each tick of its timer was. */
export function ticks(perMs: number, lastingMs: number, call: () => void): Promise<number[]> {
  return new Promise((resolve) => {
    const lateness: number[] = [];
    const started = performance.now();
    let issued = 0;
    let due = started + 1;
    const tick = (): void => {
      const now = performance.now();
      lateness.push(now - due);
      const owed = Math.min(Math.floor((now - started) * perMs), lastingMs * perMs);
      for (; issued < owed; issued++) call();
      if (issued === lastingMs * perMs) return resolve(lateness);
      due = performance.now() + 1;
      setTimeout(tick, 1);
    };
    setTimeout(tick, 1);
  });
}
