/** How many idle frames a peer may send in one window, besides those that calls account for. */
export const MAX_IDLE_FRAMES = 1000;
const WINDOW_MS = 10_000;
/**
 * Idle frames that the start and the end of a call each account for. Well-behaved servers send some for each request:
 * a ping to measure the round trip, and one or two WINDOW_UPDATE frames.
 */
const FRAMES_PER_CALL = 10;
/** Not a flood yet, but enough to suspect the peer when a call times out meanwhile. */
const SUSPICIOUS_FRAMES = 100;

/**
 * Counts frames that advance no call: empty or tiny DATA, PING, SETTINGS, RST_STREAM, frames of unknown types and
 * frames for unknown streams. Each costs the peer nine bytes and us far more, and HTTP/2 flow control limits none of
 * them (CVE-2019-9512 to -9518, CVE-2023-44487; RFC 9113 §10.5).
 */
export class FloodGuard {
  #idle = 0;
  #since: number;

  /** @param now in milliseconds. */
  constructor(readonly now: () => number = () => performance.now()) {
    this.#since = now();
  }

  /**
   * Counts an idle frame.
   *
   * @throws Error for a flood; the connection must then be closed.
   */
  idle(): void {
    const now = this.now();
    if (now - this.#since > WINDOW_MS) {
      this.#since = now;
      this.#idle = 0;
    }
    if (++this.#idle > MAX_IDLE_FRAMES) throw new Error("HTTP/2: a flood of frames without progress");
  }

  /** Called when we start a call and when one completes, since a peer cannot cause either on its own. */
  call(): void {
    this.#idle -= FRAMES_PER_CALL;
  }

  /** Whether the peer has recently sent more idle frames than a slow server would. */
  get isSuspicious(): boolean {
    return this.#idle > SUSPICIOUS_FRAMES && this.now() - this.#since <= WINDOW_MS;
  }
}
