/**
 * A signal for one waiter. It is never lost: `wait()` resolves at once if `set()` was called since the last `wait()`.
 * `end()` sets it for good.
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
   * Wraps `generator` so that `return()` takes effect at once, even while the generator waits for this signal. A plain
   * generator handles `return()` only after its next event, so a closed subscription would stay open until then. The
   * generator must call `end()` when it finishes.
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

/** An iterator that can be ended at any time. */
export type Endable<T> = AsyncIterableIterator<T> & {
  return: () => Promise<IteratorResult<T>>;
  /** Ends the values; the consumer's pending or next `next()` throws `error`. */
  fail(error: Error): void;
  /** Calls `callback` when the iterator ends for any reason. A second callback replaces the first. */
  whenEnded(callback: () => void): void;
};
