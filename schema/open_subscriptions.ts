/** Every subscription that is open, so that all can be ended when the server stops. */
export class OpenSubscriptions {
  readonly #ends = new Set<() => void>();
  #stopping = false;

  get size(): number {
    return this.#ends.size;
  }

  /** Adds a subscription by how to end it. Once the server stops, it ends at once. */
  add(end: () => void): void {
    this.#ends.add(end);
    if (this.#stopping) end();
  }

  delete(end: () => void): void {
    this.#ends.delete(end);
  }

  endAll(): void {
    this.#stopping = true;
    for (const end of [...this.#ends]) end();
  }
}
