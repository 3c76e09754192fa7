/** Interval of keepalive pings, and how long the peer may take to answer one. */
export type KeepaliveTimes = { everySeconds: number; answerSeconds: number };

/** Pings a peer at intervals and reports when it no longer answers. */
export class Keepalive {
  readonly #pinging: ReturnType<typeof setInterval>;
  #answerDue: ReturnType<typeof setTimeout> | undefined;

  /** Calls `ping` at intervals, and `lost` if `answered()` does not follow in time. */
  constructor({ everySeconds, answerSeconds }: KeepaliveTimes, ping: () => void, lost: () => void) {
    this.#pinging = setInterval(() => {
      ping();
      this.#answerDue ??= setTimeout(lost, answerSeconds * 1000);
    }, everySeconds * 1000);
  }

  answered(): void {
    clearTimeout(this.#answerDue);
    this.#answerDue = undefined;
  }

  stop(): void {
    clearInterval(this.#pinging);
    clearTimeout(this.#answerDue);
  }
}
