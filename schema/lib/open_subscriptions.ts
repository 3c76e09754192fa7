import { RateLimited } from "../../src/lib/errors.ts";

/** R43: subscriptions that one user, or who holds a flow's key, may hold on one instance. */
const MOST_PER_HOLDER = 20;

/** When a place may be free again is the user's to decide: one of theirs must end. */
const RETRY_SECONDS = 1;

/** Every subscription that is open, so that all can be ended when the server stops, and nobody holds too many. */
export class OpenSubscriptions {
  readonly #ends = new Set<() => void>();
  readonly #byHolder = new Map<string, number>();
  #stopping = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * Adds a subscription by how to end it, and returns how to take it out again. Once the server stops, it ends at
   * once. Throws `RateLimited` when the holder has as many as one may.
   */
  add(end: () => void, holder: string | undefined): () => void {
    const held = holder === undefined ? 0 : this.#byHolder.get(holder) ?? 0;
    if (held >= MOST_PER_HOLDER) throw new RateLimited("open another subscription", RETRY_SECONDS);
    if (holder !== undefined) this.#byHolder.set(holder, held + 1);
    this.#ends.add(end);
    if (this.#stopping) end();
    return () => {
      if (!this.#ends.delete(end) || holder === undefined) return;
      const left = (this.#byHolder.get(holder) ?? 1) - 1;
      if (left > 0) this.#byHolder.set(holder, left);
      else this.#byHolder.delete(holder);
    };
  }

  endAll(): void {
    this.#stopping = true;
    for (const end of [...this.#ends]) end();
  }
}
