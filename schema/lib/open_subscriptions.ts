import { RateLimited, ServerStopping } from "../../src/lib/errors.ts";

/** R43: open subscriptions per user, or per holder of a flow's key, on one instance. */
const MOST_PER_HOLDER = 20;

/** A place is free as soon as the user closes a subscription, so a retry may succeed at once. */
const RETRY_SECONDS = 1;

/** All open subscriptions of this instance. Limits them per holder and ends all when the server stops. */
export class OpenSubscriptions {
  readonly #ends = new Set<(error: Error) => void>();
  readonly #byHolder = new Map<string, number>();
  #stopping = false;

  get size(): number {
    return this.#ends.size;
  }

  /**
   * Adds a subscription and returns a function that removes it. `end` must end the subscription with the error;
   * it is called at once when the server is stopping.
   *
   * @throws RateLimited if the holder has too many open subscriptions.
   */
  add(end: (error: Error) => void, holder: string | undefined): () => void {
    const held = holder === undefined ? 0 : this.#byHolder.get(holder) ?? 0;
    if (held >= MOST_PER_HOLDER) {
      throw new RateLimited("open another subscription", RETRY_SECONDS, "open subscriptions");
    }
    if (holder !== undefined) this.#byHolder.set(holder, held + 1);
    this.#ends.add(end);
    if (this.#stopping) end(new ServerStopping());
    return () => {
      if (!this.#ends.delete(end) || holder === undefined) return;
      const left = (this.#byHolder.get(holder) ?? 1) - 1;
      if (left > 0) this.#byHolder.set(holder, left);
      else this.#byHolder.delete(holder);
    };
  }

  endAll(): void {
    this.#stopping = true;
    for (const end of [...this.#ends]) end(new ServerStopping());
  }
}
