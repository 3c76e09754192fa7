import { createHash } from "node:crypto";
import { argon2id, DUMMY_HASH, type PasswordHash } from "../../src/lib/password_hash.ts";

const PREFIX = "cheap ";

/** Hashes a password as `cheapHash` does. As with argon2id, each hash is different. */
export function cheapHashOf(password: string, salt: string = crypto.randomUUID()): string {
  return `${PREFIX}${salt} ${createHash("sha256").update(salt + password).digest("base64")}`;
}

/** A cheap password hash that counts its calls. Imported hashes are verified by their own algorithm. */
export function cheapHash(): PasswordHash & { hashed: number; verified: number } {
  const cheap = {
    hashed: 0,
    verified: 0,
    hash: (password: string) => {
      cheap.hashed++;
      return Promise.resolve(cheapHashOf(password));
    },
    verify: (hash: string, password: string) => {
      cheap.verified++;
      const isOther = hash.startsWith("$") && hash !== DUMMY_HASH;
      return isOther
        ? argon2id.verify(hash, password)
        : Promise.resolve(hash === cheapHashOf(password, hash.split(" ")[1]));
    },
    isWeak: (hash: string) => !hash.startsWith(PREFIX),
  };
  return cheap;
}
