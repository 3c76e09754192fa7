import { type Endable, Signal } from "../../src/events/signal.ts";

/** What `read` gives now and once a second, for as long as somebody reads; a slow reader misses some. */
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
