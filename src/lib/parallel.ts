/**
 * Does `work` on each item, `atOnce` at a time, and on all of them even if some fail. Throws the first failure when the
 * last one is done.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = Iterator.from(items);
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of left) await work(item).catch((error) => failures.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}

/** Turns, of which `atOnce` are taken at a time; who comes then waits, first come, first served. */
export function createTurns(atOnce: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (taken < atOnce) taken++;
      else await new Promise<void>((begin) => waiting.push(begin));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else taken--;
      }
    },
  };
}
