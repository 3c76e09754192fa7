const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Numbers as bars, the newest on the right. If there are more than `cells`, each bar is the maximum of a group. */
export function sparkline(values: readonly number[], cells: number): string {
  const size = Math.max(1, Math.ceil(values.length / cells));
  const maxima: number[] = [];
  for (let end = values.length; end > 0 && maxima.length < cells; end -= size) {
    maxima.unshift(Math.max(...values.slice(Math.max(0, end - size), end)));
  }
  const highest = Math.max(...maxima, 0);
  return maxima.map((value) => BARS[highest === 0 ? 0 : Math.ceil(value / highest * (BARS.length - 1))])
    .join("");
}
