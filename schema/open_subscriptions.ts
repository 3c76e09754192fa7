import { RateLimited } from "../src/errors.ts";

/** R43: subscriptions that one user may hold on one instance. */
const MOST_PER_USER = 20;

/** When a place may be free again is the user's to decide: one of theirs must end. */
const RETRY_SECONDS = 1;

/** Every subscription that is open, so that all can be ended when the server stops, and nobody holds too many. */
export class OpenSubscriptions {
  readonly #ends = new Set<() => void>();
  readonly #byUser = new Map<string, number>();
  #stopping = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * Adds a subscription by how to end it, and returns how to take it out again. Once the server stops, it ends at
   * once. Throws `RateLimited` when the user holds as many as one may.
   */
  add(end: () => void, userId: string | undefined): () => void {
    const held = userId === undefined ? 0 : this.#byUser.get(userId) ?? 0;
    if (held >= MOST_PER_USER) throw new RateLimited("open another subscription", RETRY_SECONDS);
    if (userId !== undefined) this.#byUser.set(userId, held + 1);
    this.#ends.add(end);
    if (this.#stopping) end();
    return () => {
      if (!this.#ends.delete(end) || userId === undefined) return;
      const left = (this.#byUser.get(userId) ?? 1) - 1;
      if (left > 0) this.#byUser.set(userId, left);
      else this.#byUser.delete(userId);
    };
  }

  endAll(): void {
    this.#stopping = true;
    for (const end of [...this.#ends]) end();
  }
}
