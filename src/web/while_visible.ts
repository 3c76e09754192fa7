/**
 * Runs `start` while the page is visible, and stops it while the page is hidden. A browser opens at most six HTTP/1.1
 * connections to a server, so background tabs must not hold them. Returns a function that ends this.
 */
export function whileVisible(start: () => () => void): () => void {
  let stop: (() => void) | undefined;
  const update = () => {
    stop?.();
    stop = document.hidden ? undefined : start();
  };
  document.addEventListener("visibilitychange", update);
  update();
  return () => {
    document.removeEventListener("visibilitychange", update);
    stop?.();
  };
}
