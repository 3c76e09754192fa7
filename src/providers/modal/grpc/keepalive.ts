/** How often a peer is asked whether it is there, and how long it may take to answer. */
export type KeepaliveTimes = { everySeconds: number; answerSeconds: number };

/** Asks a silent peer again and again whether it is there, and says so when it no longer answers. */
export class Keepalive {
  readonly #asking: ReturnType<typeof setInterval>;
  #answerDue: ReturnType<typeof setTimeout> | undefined;

  /** Calls `ask` at intervals, and `lost` when no `answered()` follows in time. */
  constructor({ everySeconds, answerSeconds }: KeepaliveTimes, ask: () => void, lost: () => void) {
    this.#asking = setInterval(() => {
      ask();
      this.#answerDue ??= setTimeout(lost, answerSeconds * 1000);
    }, everySeconds * 1000);
  }

  answered(): void {
    clearTimeout(this.#answerDue);
    this.#answerDue = undefined;
  }

  stop(): void {
    clearInterval(this.#asking);
    clearTimeout(this.#answerDue);
  }
}
