import { within } from "./patience.js";

/** Rung whenever something was heard; whoever waits for a condition looks again then. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly patienceMs: number | undefined) {}

  ring(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Everybody who waits, now or later, gets this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.ring();
  }

  /** Waits until the condition gives something, and returns it. */
  async until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    let isOver = false;
    const check = async (): Promise<T> => {
      for (;;) {
        const holds = condition();
        if (holds) return holds;
        if (this.#failure) throw this.#failure.error;
        if (isOver) throw new Error(`gave up waiting for ${what}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    try {
      return await within(this.patienceMs, what, check());
    } finally {
      isOver = true;
    }
  }
}
