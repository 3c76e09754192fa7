/** Which part of a list in order of creation: between two ids (exclusive), from one end or the other. */
export type Page = {
  after?: string | undefined;
  before?: string | undefined;
  limit: number;
  /** Read from the end towards the beginning. */
  newestFirst: boolean;
};
