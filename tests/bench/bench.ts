import type { Process } from "./process.ts";

/** The target of a figure. Figures without one are for information. */
export type Target = { atLeast: number } | { below: number };

/** A number that a bench measured. */
export type Figure = {
  name: string;
  value: number;
  /** `%`, `ms`, `KiB`, `/s`, … */
  unit: string;
  target?: Target;
  /** The values it was computed from: the rounds, or the sides of a ratio. */
  detail?: Record<string, number | number[]>;
};

/** The tools of a bench. */
export type Kit = {
  /** Records a failed request, delivery or call. A run with failures does not count. */
  fail(what: string): void;
  /** Reports progress. */
  say(what: string): void;
  /** Closed after the bench, with everything that the bench adds to it. */
  stack: AsyncDisposableStack;
};

export type Bench = (kit: Kit) => Promise<Figure[]>;

/** The median; NaN if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** The quantile `q`, between 0 and 1; NaN if there are no values. */
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

/**
 * Resolves when `condition` is true.
 *
 * @throws Error if that takes longer than `seconds`.
 */
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

/** Measures the CPU seconds of `process` during `work`. Returns them with the result of `work`. */
export async function whileCounting<T>(
  process: Pick<Process<never>, "cpuSeconds">,
  work: () => Promise<T>,
): Promise<{ cpu: number; result: T }> {
  const before = process.cpuSeconds();
  const result = await work();
  return { cpu: process.cpuSeconds() - before, result };
}
