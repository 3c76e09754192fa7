/** An entry in the queue, with the address block of the client and the account concerned. */
export type Waiting = {
  block: string | null;
  account: string | null;
  begin: () => void;
  /** Called instead of `begin` if the place goes to a caller with a smaller share. */
  refuse: () => void;
};

/** Maximum number of waiting entries: in total, per address block, and per account within a block. */
export type Places = { all: number; block: number; account: number };

/**
 * A queue with fair shares. Address blocks take turns; within a block the order is first in, first out. When
 * the queue is full, the largest share loses its newest entry to a caller with a smaller share.
 */
export class FairLine {
  readonly #places: Places;
  /** In the order of their turns. Blocks without waiting entries are removed. */
  readonly #blocks = new Map<string | null, Waiting[]>();

  constructor(places: Places) {
    this.#places = places;
  }

  get length(): number {
    return [...this.#blocks.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Adds `entry`. Returns false if the queue is full and no larger share can give up a place. */
  add(entry: Waiting): boolean {
    const own = this.#blocks.get(entry.block) ?? [];
    const { all, block, account } = this.#places;
    if (entry.account !== null && shareOf(own, entry.account) >= account) return false;
    const isBlockFull = entry.block !== null && own.length >= block;
    if ((isBlockFull || this.length >= all) && !this.#makePlace(entry, own, isBlockFull)) return false;
    this.#blocks.set(entry.block, [...this.#blocks.get(entry.block) ?? [], entry]);
    return true;
  }

  /** Removes and returns the next entry. */
  next(): Waiting | undefined {
    const [first] = this.#blocks;
    if (!first) return undefined;
    const [block, [entry, ...others]] = first;
    this.#blocks.delete(block);
    if (others.length > 0) this.#blocks.set(block, others);
    return entry;
  }

  /**
   * Refuses the newest entry of the largest share, if that share is larger than the share of `entry` would
   * become.
   */
  #makePlace({ account }: Waiting, own: readonly Waiting[], isBlockFull: boolean): boolean {
    const largest = isBlockFull ? own : largestOf(this.#blocks.values());
    if (largest.length > own.length + 1) return this.#evict(largest, largestAccount(largest));
    const rival = largestAccount(own);
    return shareOf(own, rival) > shareOf(own, account) + 1 && this.#evict(own, rival);
  }

  #evict(from: readonly Waiting[], account: string | null): boolean {
    const evicted = from.findLast((each) => each.account === account);
    if (!evicted) return false;
    const others = from.filter((each) => each !== evicted);
    if (others.length > 0) this.#blocks.set(evicted.block, others);
    else this.#blocks.delete(evicted.block);
    evicted.refuse();
    return true;
  }
}

function shareOf(line: readonly Waiting[], account: string | null): number {
  return line.filter((each) => each.account === account).length;
}

function largestOf(lines: Iterable<readonly Waiting[]>): readonly Waiting[] {
  return [...lines].reduce((longest, line) => line.length > longest.length ? line : longest, []);
}

function largestAccount(line: readonly Waiting[]): string | null {
  const byAccount = Map.groupBy(line, ({ account }) => account);
  return largestOf(byAccount.values())[0]?.account ?? null;
}
