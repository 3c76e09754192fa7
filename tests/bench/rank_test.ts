/** How well a value tells a thing of one kind from one of the other. */
export type Ranks = {
  /** Chance that the value of a marked one is the greater: 0.5 tells nothing. */
  area: number;
  /** How far that is from 0.5, in standard errors of chance alone. */
  standardErrors: number;
};

/** The rank test of Mann and Whitney, of the values that are marked against the others. Ties are rare in times. */
export function ranksOf(values: readonly number[], marked: readonly boolean[]): Ranks {
  const order = values.map((value, n) => ({ value, marked: marked[n] })).toSorted((a, b) =>
    a.value - b.value
  );
  const ranks = order.flatMap((one, n) => one.marked ? [n + 1] : []);
  const [ours, others] = [ranks.length, values.length - ranks.length];
  const sum = ranks.reduce((total, rank) => total + rank, 0);
  const area = (sum - ours * (ours + 1) / 2) / (ours * others);
  const error = Math.sqrt((ours + others + 1) / (12 * ours * others));
  return { area, standardErrors: (area - 0.5) / error };
}
