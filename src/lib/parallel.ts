import pLimit from "p-limit";

/**
 * Does `work` on each item, `atOnce` at a time, and on all of them even if some fail. Throws the first failure when the
 * last one is done.
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
