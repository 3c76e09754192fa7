import assert from "node:assert/strict";

const PROBE_EVERY_MS = 20;

/** A generous time limit for a busy machine, for conditions whose exact time does not matter. */
export const IN_THE_END_SECONDS = 60;

/** Calls `probe` until it returns a truthy value, and returns it. Fails after `seconds` with the condition's name. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = IN_THE_END_SECONDS,
): Promise<T> {
  const started = performance.now();
  while (performance.now() - started < seconds * 1000) {
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    await pause(PROBE_EVERY_MS);
  }
  assert.fail(`not within ${seconds} s: ${what}`);
}

/** Returns the promise's result. Fails after `seconds`, so that the test ends. */
export async function within<T>(what: string, promise: Promise<T>, seconds = IN_THE_END_SECONDS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `make` `count` times concurrently, and returns the results. */
export function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}
