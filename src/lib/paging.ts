/** A page of a list in order of creation: between two ids (exclusive), from either end. */
export type Page = {
  after?: string | undefined;
  before?: string | undefined;
  limit: number;
  /** Reads backwards from the end. */
  newestFirst: boolean;
};

/** Counts of a list stop here: a higher count would read the whole table. */
export const MOST_COUNTED = 10_000;
