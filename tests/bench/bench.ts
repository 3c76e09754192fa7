import type { Process } from "./process.ts";

/** What a figure should be. Without a target it is there for orientation. */
export type Target = { atLeast: number } | { below: number };

/** One number that a bench found. */
export type Figure = {
  name: string;
  value: number;
  /** `%`, `ms`, `KiB`, `/s`, … */
  unit: string;
  target?: Target;
  /** What it was made of: the rounds, the sides of a ratio. */
  detail?: Record<string, number | number[]>;
};

/** What a bench is given. */
export type Kit = {
  /** Notes a request, delivery or call that did not do what it should. A run with failures is not a good run. */
  fail(what: string): void;
  /** Says where the bench is, for whoever watches. */
  say(what: string): void;
  /** What the bench opens is closed with it. */
  stack: AsyncDisposableStack;
};

export type Bench = (kit: Kit) => Promise<Figure[]>;

/** The middle value, or the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** The value below which the share `q` of `values` lies. NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  return "atLeast" in target ? value >= target.atLeast : value < target.below;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when `condition` holds; throws when it does not within `seconds`. */
export async function until(
  what: string,
  seconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await sleep(20);
  }
}

/** CPU seconds that `process` uses while `work` runs, and what `work` returns. */
export async function whileCounting<T>(
  process: Pick<Process<never>, "cpuSeconds">,
  work: () => Promise<T>,
): Promise<{ cpu: number; result: T }> {
  const before = process.cpuSeconds();
  const result = await work();
  return { cpu: process.cpuSeconds() - before, result };
}
