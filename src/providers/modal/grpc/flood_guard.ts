/** Frames that move no call on, as many as a peer may send in one window beside those that calls account for. */
export const MAX_IDLE_FRAMES = 1000;
const WINDOW_MS = 10_000;
/**
 * Frames that a call accounts for, as it begins and as it ends. Well-behaved servers send some that carry nothing:
 * a ping to measure the round trip, and a WINDOW_UPDATE or two for each request.
 */
const FRAMES_PER_CALL = 10;
/** This many are no flood yet, but a call that fails meanwhile has hardly failed by itself. */
const SUSPICIOUS_FRAMES = 100;

/**
 * Counts what a peer sends without moving any call on: empty or tiny DATA, PING, SETTINGS, RST_STREAM, frames of
 * unknown types or for no stream of ours. Each costs the peer nine bytes and us far more, and HTTP/2's flow control
 * limits none of them (CVE-2019-9512 to -9518, CVE-2023-44487; RFC 9113 §10.5).
 */
export class FloodGuard {
  #idle = 0;
  #since: number;

  /** `now` in ms. */
  constructor(readonly now: () => number = () => performance.now()) {
    this.#since = now();
  }

  /** Throws when it is one too many: the connection must not go on then. */
  idle(): void {
    const now = this.now();
    if (now - this.#since > WINDOW_MS) {
      this.#since = now;
      this.#idle = 0;
    }
    if (++this.#idle > MAX_IDLE_FRAMES) throw new Error("HTTP/2: a flood of frames that say nothing");
  }

  /** We began a call, or one has come to its proper end, which no peer can bring about by itself. */
  call(): void {
    this.#idle -= FRAMES_PER_CALL;
  }

  /** True when the peer has lately sent more of them than a slow one would. */
  get isSuspicious(): boolean {
    return this.#idle > SUSPICIOUS_FRAMES && this.now() - this.#since <= WINDOW_MS;
  }
}
