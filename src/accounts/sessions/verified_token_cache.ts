/** Maximum characters of all tokens, of which each has about 600. Their claims take memory too. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

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
  #youngCharacters = 0;

  get(token: string): VerifiedToken | undefined {
    return this.#young.get(token) ?? this.#old.get(token);
  }

  add(token: string, verified: VerifiedToken): void {
    this.#youngCharacters += token.length;
    if (this.#youngCharacters > MOST_CHARACTERS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = token.length;
    }
    this.#young.set(token, verified);
  }
}
