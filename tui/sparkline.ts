const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Numbers as bars, the newest on the right; when there are more than `cells`, each bar is the highest of its share. */
export function sparkline(values: readonly number[], cells: number): string {
  const size = Math.max(1, Math.ceil(values.length / cells));
  const shares: number[] = [];
  for (let end = values.length; end > 0 && shares.length < cells; end -= size) {
    shares.unshift(Math.max(...values.slice(Math.max(0, end - size), end)));
  }
  const most = Math.max(...shares, 0);
  return shares.map((value) => BARS[most === 0 ? 0 : Math.ceil(value / most * (BARS.length - 1))]).join("");
}
