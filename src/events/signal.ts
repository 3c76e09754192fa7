/**
 * A wake-up call that is never missed: `wait()` returns at once when `set()` came since the last `wait()`.
 * Ending it wakes the waiter for the last time.
 */
export class Signal {
  #set = false;
  #ended = false;
  #wakeUp: (() => void) | undefined;
  #onEnd: (() => void) | undefined;

  get ended(): boolean {
    return this.#ended;
  }

  set(): void {
    this.#set = true;
    this.#wakeUp?.();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.set();
    this.#onEnd?.();
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        this.#set = false;
        resolve();
      };
      if (this.#set || this.#ended) this.#wakeUp();
    });
  }

  /**
   * `generator`, whose `return()` works at once even while it waits for this signal. A bare generator would
   * only look at `return()` after its next event, and a closed subscription would linger until then. The
   * generator calls `end()` itself when it is done.
   */
  endable<T>(generator: AsyncGenerator<T, void, undefined>): Endable<T> {
    let failure: Error | undefined;
    const iterator: Endable<T> = {
      next: async () => {
        const result = await generator.next();
        const error = failure;
        if (!result.done || !error) return result;
        failure = undefined;
        throw error;
      },
      return: () => {
        this.end();
        return generator.return();
      },
      fail: (error) => {
        failure ??= error;
        void iterator.return();
      },
      [Symbol.asyncIterator]: () => iterator,
      whenEnded: (callback) => {
        if (this.#ended) callback();
        else this.#onEnd = callback;
      },
    };
    return iterator;
  }
}

/** Values that can be ended at any time. */
export type Endable<T> = AsyncIterableIterator<T> & {
  return: () => Promise<IteratorResult<T>>;
  /** Ends the values; the consumer's pending or next `next()` throws `error`. */
  fail(error: Error): void;
  /** Calls `callback`, the only one, when the values have come to their end, whoever ended them. */
  whenEnded(callback: () => void): void;
};
