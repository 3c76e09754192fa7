/** Calls `tick` every second with the seconds left, finally with 0. Returns a function that stops it. */
export function countDown(seconds: number, tick: (left: number) => void): () => void {
  // A monotonic clock: changes of the system clock do not matter.
  const end = performance.now() + seconds * 1000;
  const update = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    tick(left);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(update, 1000);
  update();
  return () => clearInterval(timer);
}
