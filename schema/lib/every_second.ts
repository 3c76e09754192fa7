import { type Endable, Signal } from "../../src/events/signal.ts";

/** Yields `read()` now and once a second until the consumer stops. A slow consumer skips values. */
export function everySecond<T>(read: () => Promise<T>): Endable<T> {
  const tick = new Signal();
  return tick.endable(generate());

  async function* generate() {
    const timer = setInterval(() => tick.set(), 1_000);
    try {
      while (!tick.ended) {
        yield await read();
        await tick.wait();
      }
    } finally {
      clearInterval(timer);
      tick.end();
    }
  }
}
