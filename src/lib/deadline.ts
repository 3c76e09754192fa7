/** A signal that aborts after `seconds`, or with `stop`. Dispose it when the work is done. */
export function deadline(seconds: number, stop: AbortSignal): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, Math.max(0, seconds * 1000));
  stop.addEventListener("abort", abort);
  if (stop.aborted) abort();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", abort);
    },
  };
}
