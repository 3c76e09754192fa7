import { createHash, timingSafeEqual } from "node:crypto";
import type { PasswordHash } from "../../../src/lib/password_hash.ts";

/** Costs nothing, so that everything else can be seen; the peers have the same. Never for a real password. */
export const trivialHash: PasswordHash = {
  hash: (password) => Promise.resolve(sha256(password)),
  verify: (hash, password) => {
    const [a, b] = [hash, sha256(password)].map((text) => new TextEncoder().encode(text)) as [
      Uint8Array,
      Uint8Array,
    ];
    return Promise.resolve(a.length === b.length && timingSafeEqual(a, b));
  },
  isWeak: () => false,
};

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
