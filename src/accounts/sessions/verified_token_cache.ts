/** At about 600 bytes each, some megabytes; more if tokens have many roles and claims. */
const MAX_TOKENS = 10_000;

/** The signing key and the claims of a verified token. */
export type VerifiedToken = { kid: string; claims: Record<string, unknown> };

/**
 * Caches tokens whose signature is verified, by their whole text. A client sends the same token for 15
 * minutes, and verifying the signature is the most expensive check. Callers must check times and the signing
 * key on every use. When full, the oldest half is dropped.
 */
export class VerifiedTokenCache {
  #young = new Map<string, VerifiedToken>();
  #old = new Map<string, VerifiedToken>();

  get(token: string): VerifiedToken | undefined {
    return this.#young.get(token) ?? this.#old.get(token);
  }

  add(token: string, verified: VerifiedToken): void {
    if (this.#young.size >= MAX_TOKENS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, verified);
  }
}
