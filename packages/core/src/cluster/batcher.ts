import { unlessAborted } from "../abort.js";
import { pause, type Clock, type Millis } from "../clock.js";
import { asEvenmatchError, EvenmatchError } from "../errors.js";

/** So many are gathered for one call: larger batches gain nothing in any store, and hold everyone up. */
const LARGEST = 1_000;

/** Waits between tries, in ms: doubled from the first to the last. */
const FIRST_RETRY = 20;
const LAST_RETRY = 2_000;

const NOTHING = (): void => {};

export interface BatcherOptions {
  readonly clock: Clock;
  /** Gives up after so many milliseconds of failing; `Infinity` never. */
  readonly patienceMs: Millis;
  /** Ends the retries, and rejects what waits with the signal's reason. */
  readonly signal: AbortSignal;
  /** True when `send` makes one call of many by itself: then none waits for another. */
  readonly coalesces?: boolean | undefined;
  /** Told of each failed try that is repeated. */
  readonly onRetry?: (error: EvenmatchError) => void;
}

/** Told how one member of a batch came out, and which it was, so that many can share one function. */
export type Told<In, News> = (news: News, input: In) => void;

/** What goes out together: lists side by side, because an object for each member is work for the collector. */
interface Batch<In, Out> {
  /** When the first of it was added: whoever has waited behind others that were refused does not begin anew. */
  readonly since: Millis;
  readonly inputs: In[];
  readonly resolves: Told<In, Out>[];
  readonly rejects: Told<In, unknown>[];
  /** Whether it went out before, maybe with others: it may have arrived. */
  isSent: boolean;
}

/**
 * Makes one call of many: what is added within one turn of the event loop goes out together, and while a call is
 * under way the next batch gathers, so batches grow with the load and a lone call waits for nobody. Calls go out
 * one after the other, in the order of adding; for who coalesces by itself, at the end of the turn.
 *
 * A retryable failure repeats the same batch; any other failure of a batch sends each half of it, so that one of its
 * members cannot fail the others, and is found in few calls.
 */
export class Batcher<In, Out> {
  /** What goes out with the next run; the last one is being filled. */
  readonly #waiting: Batch<In, Out>[] = [];
  /** What nobody wants any more, and is waiting or under way; with what takes it back. */
  readonly #withdrawn = new Map<In, In>();
  /** The last try that was answered at all is to be repeated. */
  #isFailing = false;
  /** The last run that was begun; it ends after all before it. */
  #running: Promise<void> | undefined;

  readonly #send: (inputs: In[]) => Promise<readonly Out[]>;
  readonly #options: BatcherOptions;

  constructor(send: (inputs: In[]) => Promise<readonly Out[]>, options: BatcherOptions) {
    this.#send = send;
    this.#options = options;
  }

  add(input: In): Promise<Out> {
    return new Promise((resolve, reject) => this.post(input, resolve, reject));
  }

  /** Like {@link add} for who needs no promise. */
  post(input: In, resolve: Told<In, Out>, reject: Told<In, unknown>): void {
    let batch = this.#waiting.at(-1);
    if (!batch) this.#running = this.#run(this.#running);
    if (!batch || batch.inputs.length >= LARGEST)
      this.#waiting.push(
        (batch = { since: this.#options.clock.now(), inputs: [], resolves: [], rejects: [], isSent: false }),
      );
    batch.inputs.push(input);
    batch.resolves.push(resolve);
    batch.rejects.push(reject);
  }

  /**
   * Nobody wants a member any more that was not answered. If it was not sent yet, it is not, and is rejected with
   * `undefined`. If it was, and has to be sent again, what takes it back goes out in the same call: it may have arrived
   * and may still arrive, so that only both together are sure to leave nothing behind.
   */
  withdraw(input: In, back: In): void {
    this.#withdrawn.set(input, back);
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    for (let last; last !== this.#running;) await (last = this.#running);
  }

  async #run(before: Promise<void> | undefined): Promise<void> {
    // The rest of this turn of the event loop may add to the batch.
    await (this.#options.coalesces ? undefined : before);
    for (const batch of this.#waiting.splice(0)) await this.#deliver(batch);
    await before;
  }

  async #deliver(batch: Batch<In, Out>): Promise<void> {
    const { inputs, resolves, rejects } = batch;
    try {
      const outputs = await this.#try(batch);
      for (let index = 0; index < inputs.length; index++)
        resolves[index]!(outputs[index] as Out, inputs[index] as In);
    } catch (error) {
      if (inputs.length > 1 && !isOfAll(error) && !this.#options.signal.aborted) {
        const half = inputs.length >> 1;
        const rest = {
          ...batch,
          inputs: inputs.splice(half),
          resolves: resolves.splice(half),
          rejects: rejects.splice(half),
        };
        await this.#deliver(batch);
        await this.#deliver(rest);
      } else for (const [index, input] of inputs.entries()) rejects[index]!(error, input);
    }
    if (this.#withdrawn.size > 0) for (const input of inputs) this.#withdrawn.delete(input);
  }

  async #try(batch: Batch<In, Out>): Promise<readonly Out[]> {
    const { clock, patienceMs, signal, onRetry } = this.#options;
    const until = (this.#isFailing ? batch.since : clock.now()) + patienceMs;
    for (let delay = FIRST_RETRY; ; delay = Math.min(2 * delay, LAST_RETRY)) {
      try {
        signal.throwIfAborted();
        if (this.#withdrawn.size > 0) this.#thin(batch);
        if (batch.inputs.length === 0) return [];
        batch.isSent = true;
        const outputs = await unlessAborted(this.#send(batch.inputs), signal);
        this.#isFailing = false;
        return outputs;
      } catch (cause) {
        signal.throwIfAborted();
        // What is no error of ours is a bug or a driver's, and is not worth repeating.
        const error = asPortError(cause);
        if (!error.retryable || clock.now() + delay > until) throw error;
        onRetry?.(error);
        this.#isFailing = true;
        await pause(clock, delay, signal);
      }
    }
  }

  #thin({ inputs, resolves, rejects, isSent }: Batch<In, Out>): void {
    for (let index = inputs.length - 1; index >= 0; index--) {
      const input = inputs[index] as In;
      const back = this.#withdrawn.get(input);
      if (back === undefined) continue;
      this.#withdrawn.delete(input);
      if (isSent) {
        inputs.push(back);
        resolves.push(NOTHING);
        rejects.push(NOTHING);
      } else {
        inputs.splice(index, 1);
        resolves.splice(index, 1);
        rejects.splice(index, 1)[0]!(undefined, input);
      }
    }
  }
}

/** What a port has thrown as an error of ours. */
export function asPortError(cause: unknown, retryable = false): EvenmatchError {
  return asEvenmatchError(cause, "STORE_UNAVAILABLE", {
    rule: "a port answers or throws an EvenmatchError",
    remedy: "See the cause; an adapter translates errors of its driver.",
    retryable,
  });
}

/** Failures that concern a batch as a whole: whatever is not about one of its members. */
function isOfAll(error: unknown): boolean {
  return (
    error instanceof EvenmatchError &&
    (error.retryable || error.code === "LEASE_LOST" || error.code === "CLOSED")
  );
}
