/**
 * A wake-up call that is never missed: `wait()` returns at once when `set()` came since the last `wait()`.
 * Ending it wakes the waiter for the last time.
 */
export class Signal {
  #set = false;
  #ended = false;
  #wakeUp: (() => void) | undefined;

  get ended(): boolean {
    return this.#ended;
  }

  set(): void {
    this.#set = true;
    this.#wakeUp?.();
  }

  end(): void {
    this.#ended = true;
    this.set();
  }

  async wait(): Promise<void> {
    if (!this.#set && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
      this.#wakeUp = undefined;
    }
    this.#set = false;
  }

  /**
   * `generator`, whose `return()` works at once even while it waits for this signal. A bare generator would
   * only look at `return()` after its next event, and a closed subscription would linger until then.
   */
  endable<T>(generator: AsyncGenerator<T, void, undefined>): AsyncIterableIterator<T> {
    const end = () => this.end();
    return {
      next: () => generator.next(),
      return: () => {
        end();
        return generator.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
