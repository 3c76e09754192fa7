/**
 * Resolves to `found`, or to null if it throws `NotFound`. For queries, where a missing row is not an error.
 */
export async function orNull<T>(found: Promise<T>, NotFound: new () => Error): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}
