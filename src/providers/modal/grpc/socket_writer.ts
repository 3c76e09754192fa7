/** A byte stream to a peer: TCP or TLS. */
export type Socket = {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
};

/** More pending bytes than this mean that the peer does not read, or provokes too many answers. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** Writes in order. Combines everything sent in one turn of the event loop into one write. */
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

  /** Calls `done` once everything is written, at once if nothing is pending. */
  whenWritten(done: () => void): void {
    if (this.#writing) this.#whenWritten = done;
    else done();
  }

  /** Starts writing what is pending, without waiting, just before the socket is closed. */
  flush(): void {
    // During another write, these bytes would corrupt the frame being written.
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
