/** Tokens remembered; at a hundred bytes of claims and five hundred of token each, some megabytes. */
const MOST = 10_000;

/** What a token was found to say. */
export type Genuine = { kid: string; claims: Record<string, unknown> };

/**
 * Tokens whose signature was checked, by their whole text: a client sends the same one for a quarter of an hour, and
 * checking it again costs more than all the rest. Whether its time is right and its key still in force is for whoever
 * asks, each time. When it is full the oldest half goes.
 */
export class VerifiedTokenCache {
  #young = new Map<string, Genuine>();
  #old = new Map<string, Genuine>();

  get(token: string): Genuine | undefined {
    return this.#young.get(token) ?? this.#old.get(token);
  }

  add(token: string, genuine: Genuine): void {
    if (this.#young.size >= MOST / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, genuine);
  }
}
