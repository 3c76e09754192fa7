/** The longest delay of setTimeout. A longer wait sets the timer again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `run` when the clock `now` reaches `instant`. Returns a function that cancels it. */
export function atInstant(now: () => Date, instant: Date, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const left = instant.getTime() - now().getTime();
    timer = setTimeout(left <= 0 ? run : arm, Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
  };
  arm();
  return () => clearTimeout(timer);
}
