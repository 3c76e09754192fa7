/** `found`, or null when it throws `NotFound`: for queries, where "there is none" is an ordinary answer. */
export async function orNull<T>(found: Promise<T>, NotFound: new () => Error): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}
