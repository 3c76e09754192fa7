/**
 * Keeps something going while the page can be seen. A browser has six connections to a server over HTTP/1.1: tabs in
 * the background must not hold them. Returns how to stop for good.
 */
export function whileVisible(start: () => () => void): () => void {
  let stop: (() => void) | undefined;
  const turn = () => {
    stop?.();
    stop = document.hidden ? undefined : start();
  };
  document.addEventListener("visibilitychange", turn);
  turn();
  return () => {
    document.removeEventListener("visibilitychange", turn);
    stop?.();
  };
}
