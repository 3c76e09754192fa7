import assert from "node:assert/strict";

const PROBE_EVERY_MS = 20;

/** Longer than anything takes on a machine that is busy with other things: for what is to happen, and not how soon. */
const IN_THE_END_SECONDS = 60;

/** What `probe` gives as soon as that is something. Fails after `seconds`, saying what did not come about. */
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

/** The promise's result; fails after `seconds`, so that a test whose wish does not come true ends all the same. */
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

/** `count` results of `make`, all begun at once. */
export function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}
