/** Payload of these pings. It distinguishes their answers from those to keepalive pings. */
const PAYLOAD = new Uint8Array(8).fill(1);

/** Pings that check whether the peer is reachable now. Answers arrive in order. */
export class Pings {
  readonly #waiting: ((isReachable: boolean) => void)[] = [];
  #ended = false;

  /** Sends a ping through `send`. Resolves to true when it is answered, and to false when the connection ends. */
  ask(send: (payload: Uint8Array) => void): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      send(PAYLOAD);
    });
  }

  /** Handles an answer. Returns false if it answers another kind of ping. */
  answered(payload: Uint8Array): boolean {
    if (payload[0] !== PAYLOAD[0]) return false;
    this.#waiting.shift()?.(true);
    return true;
  }

  end(): void {
    this.#ended = true;
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }
}
