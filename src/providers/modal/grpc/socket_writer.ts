/** A byte stream to a peer: TCP, or TLS on it. */
export type Socket = {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
};

/** A peer that lets this much pile up does not read, or makes us answer more than it should. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** Writes in the order of sending, what comes in one turn of the event loop in one go. */
export class SocketWriter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writing = false;
  #inWrite = false;
  #broken = false;
  #whenWritten: (() => void) | undefined;

  constructor(readonly socket: Socket, readonly onBroken: (reason: string) => void) {}

  send(bytes: Uint8Array): void {
    if (this.#broken) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > MAX_PENDING_BYTES) return this.#fail("the peer does not read");
    if (!this.#writing) this.#write();
  }

  /** Calls `done` once all that was sent is written: now, when it is already. */
  whenWritten(done: () => void): void {
    if (this.#writing) this.#whenWritten = done;
    else done();
  }

  /** For the last words before the socket is closed: hands the system what is pending, and waits for nothing. */
  flush(): void {
    // In the middle of something else they would not be understood.
    if (this.#inWrite || this.#pendingBytes === 0) return;
    this.socket.write(this.#takeAll()).catch(() => {});
  }

  async #write() {
    this.#writing = true;
    try {
      await Promise.resolve();
      while (this.#pending.length > 0) {
        const bytes = this.#takeAll();
        this.#inWrite = true;
        for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
        this.#inWrite = false;
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : "cannot write");
    }
    this.#writing = false;
    this.#whenWritten?.();
  }

  #takeAll(): Uint8Array {
    const all = new Uint8Array(this.#pendingBytes);
    let at = 0;
    for (const bytes of this.#pending) {
      all.set(bytes, at);
      at += bytes.length;
    }
    this.#pending = [];
    this.#pendingBytes = 0;
    return all;
  }

  #fail(reason: string) {
    this.#broken = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.onBroken(reason);
  }
}
