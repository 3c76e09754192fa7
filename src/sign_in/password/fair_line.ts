/** Work that waits for its turn: for which account it is, and from which address block it was asked for. */
export type Waiting = {
  block: string | null;
  account: string | null;
  begin: () => void;
  /** Called in place of `begin` when the place goes to a caller with a smaller share. */
  refuse: () => void;
};

/** How many may wait: in all, from one address block, and of these for one account. */
export type Places = { all: number; block: number; account: number };

/**
 * A waiting line with fair shares. Address blocks take turns; within a block, work begins in the order it came. When
 * there is no place left, the largest share loses its newest one to a caller with a smaller share.
 */
export class FairLine {
  readonly #places: Places;
  /** In the order of their turns. A block with nothing in line has no entry. */
  readonly #blocks = new Map<string | null, Waiting[]>();

  constructor(places: Places) {
    this.#places = places;
  }

  get length(): number {
    return [...this.#blocks.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Takes `one` in. False when there is no place for it, and no larger share to take one from. */
  add(one: Waiting): boolean {
    const own = this.#blocks.get(one.block) ?? [];
    const { all, block, account } = this.#places;
    if (one.account !== null && shareOf(own, one.account) >= account) return false;
    const isBlockFull = one.block !== null && own.length >= block;
    if ((isBlockFull || this.length >= all) && !this.#makePlace(one, own, isBlockFull)) return false;
    this.#blocks.set(one.block, [...this.#blocks.get(one.block) ?? [], one]);
    return true;
  }

  /** Takes out the one whose turn it is. */
  next(): Waiting | undefined {
    const [first] = this.#blocks;
    if (!first) return undefined;
    const [block, [one, ...others]] = first;
    this.#blocks.delete(block);
    if (others.length > 0) this.#blocks.set(block, others);
    return one;
  }

  /** Refuses the newest one of the largest share, if that is larger than the share of `one` would be. */
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
  return [...lines].reduce((one, other) => other.length > one.length ? other : one, []);
}

function largestAccount(line: readonly Waiting[]): string | null {
  const byAccount = Map.groupBy(line, ({ account }) => account);
  return largestOf(byAccount.values())[0]?.account ?? null;
}
