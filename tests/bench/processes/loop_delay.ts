/** How often the event loop is asked whether it is free. */
const EVERY_MS = 10;

/** How late the event loop was, as p50, p99 and at most, in ms. */
export type LoopDelay = { p50: number; p99: number; most: number };

let timer: ReturnType<typeof setInterval> | undefined;
let delays: number[] = [];

/** Begins to sample. (Deno's `monitorEventLoopDelay` does not see a loop that is blocked.) */
export function watchLoop(): void {
  delays = [];
  let due = performance.now() + EVERY_MS;
  timer = setInterval(() => {
    const now = performance.now();
    // A loop that was blocked for long would have been late for every sample in between.
    for (; due <= now; due += EVERY_MS) delays.push(now - due);
  }, EVERY_MS);
}

/** Ends sampling and returns what was seen. */
export function loopDelay(): LoopDelay {
  clearInterval(timer);
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? NaN };
}
