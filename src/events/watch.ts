import type { EventKey } from "./event_index.ts";
import type { EventLog } from "./event_log.ts";
import { type Endable, Signal } from "./signal.ts";

/**
 * Yields the present value, then each newer value, and completes after a final one. Calls `read` again after each event
 * under `keys`, and yields a value only if its version is higher than the last. A slow reader can miss intermediate
 * values but never the newest.
 *
 * It listens before the first read; otherwise a change between the two would be lost.
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
