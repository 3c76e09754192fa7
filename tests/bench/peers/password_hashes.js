import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { Algorithm, hash, verify } from "@node-rs/argon2";

/** Sallyport's parameters: 19 MiB, two passes, one lane. */
const ARGON2ID = { algorithm: Algorithm.Argon2id, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** What Better Auth hands to the functions that hash and verify. @typedef {{ hash: string, password: string }} Pair */

export const argon2id = {
  hash: (/** @type {string} */ password) => hash(password, ARGON2ID),
  verify: (/** @type {Pair} */ { hash, password }) => verify(hash, password),
};

/** Costs nothing, so that everything else can be seen. Never for a real password. */
export const trivial = {
  hash: (/** @type {string} */ password) => Promise.resolve(sha256(password)),
  verify: (/** @type {Pair} */ { hash, password }) =>
    Promise.resolve(timingSafeEqual(Buffer.from(hash), Buffer.from(sha256(password)))),
};

function sha256(/** @type {string} */ text) {
  return createHash("sha256").update(text).digest("base64url");
}
