import { createHash } from "node:crypto";
import { argon2id, DUMMY_HASH, type PasswordHash } from "../../src/lib/password_hash.ts";

const PREFIX = "cheap ";

/** A hash that `cheapHash` makes of a password: as with argon2id, each is another. */
export function cheapHashOf(password: string, salt: string = crypto.randomUUID()): string {
  return `${PREFIX}${salt} ${createHash("sha256").update(salt + password).digest("base64")}`;
}

/** Hashes that cost next to nothing, and the number of calls. Other hashes, imported ones, are checked as ever. */
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
