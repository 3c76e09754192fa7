/** How long to wait before the n-th try (from 1): doubling, up to five seconds, none of two clients in step. */
export function backOffMs(tries: number, random: () => number = Math.random): number {
  const most = Math.min(5_000, 250 * 2 ** (tries - 1));
  return most / 2 + random() * most / 2;
}

/** Fulfilled after `ms`, or as soon as `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
