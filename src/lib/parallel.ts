import pLimit from "p-limit";

/**
 * Runs `work` on all items, `atOnce` at a time, even if some fail. Throws the first failure after the last one
 * is done.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const limit = pLimit(atOnce);
  const results = await Promise.allSettled(Iterator.from(items).map((item) => limit(work, item)));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
