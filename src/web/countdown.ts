/** Calls `tick` each second with how many are left, at last with 0. Returns how to stop. */
export function countDown(seconds: number, tick: (left: number) => void): () => void {
  // By a clock that nobody sets: the page's own.
  const end = performance.now() + seconds * 1000;
  const look = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    tick(left);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(look, 1000);
  look();
  return () => clearInterval(timer);
}
