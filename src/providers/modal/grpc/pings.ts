/** The payload of these pings, which tells their answers from those to keepalive pings. */
const PAYLOAD = new Uint8Array(8).fill(1);

/** Pings that ask whether the peer is there now. Answers come in order. */
export class Pings {
  readonly #waiting: ((isThere: boolean) => void)[] = [];
  #ended = false;

  /** Sends a ping by `send`. Fulfilled with true by its answer, and with false by the end of the connection. */
  ask(send: (payload: Uint8Array) => void): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      send(PAYLOAD);
    });
  }

  /** Takes an answer. Returns false for one to another ping. */
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
