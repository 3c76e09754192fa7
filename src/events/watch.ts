import type { EventKey } from "./event_index.ts";
import type { EventLog } from "./event_log.ts";
import { type Endable, Signal } from "./signal.ts";

/**
 * The present value, then each newer one, until one is final; then it completes. `read` is asked again after
 * each event under `keys`, and a value goes out only when its version is higher than the last one's. A slow
 * reader misses values in between, never the last one.
 *
 * Listens before it reads: a change between the two would be lost otherwise.
 */
export function watch<T extends { version: number }>(
  log: EventLog,
  keys: readonly EventKey[],
  read: () => Promise<T>,
  isFinal: (value: T) => boolean,
): Endable<T> {
  const wake = new Signal();
  return wake.endable(watchWith(wake, log, keys, read, isFinal));
}

async function* watchWith<T extends { version: number }>(
  wake: Signal,
  log: EventLog,
  keys: readonly EventKey[],
  read: () => Promise<T>,
  isFinal: (value: T) => boolean,
) {
  const stop = log.listen(keys, () => wake.set());
  try {
    let version = -1;
    while (!wake.ended) {
      const value = await read();
      if (value.version > version) {
        version = value.version;
        yield value;
      }
      if (isFinal(value)) return;
      await wake.wait();
    }
  } finally {
    stop();
    wake.end();
  }
}
