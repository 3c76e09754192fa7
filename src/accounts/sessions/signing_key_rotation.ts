import { type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasKeys, Keyring } from "../../platform/keys/root_key.ts";
import { open, seal } from "../../platform/keys/seal.ts";
import { newKeyPair, SIGNING_ALGORITHMS, type SigningAlgorithm } from "./signing_algorithms.ts";
import {
  deleteSigningKeys,
  insertSigningKey,
  lockSigningKeys,
  readSigningKeys,
  resealSigningKey,
  type StoredSigningKey,
} from "./signing_key_store.ts";

/** R13: a key is published this long before it signs, so that services that cache our keys have it in time. */
export const PUBLISHED_BEFORE_SECONDS = 5 * 60;

/**
 * The first key of the algorithm that is not configured waits this long. Earlier versions support only EdDSA but would
 * sign with any key, so the upgrade must be over by then.
 */
const UNUSED_WAITS_SECONDS = 24 * 60 * 60;

export type KeyServices = HasClock & HasEventLog & HasKeys;

/** All algorithms, `first` before the others. */
export function inOrder(first: SigningAlgorithm): SigningAlgorithm[] {
  return [first, ...SIGNING_ALGORITHMS.filter((other) => other !== first)];
}

/** Whether the keyring still has the root secret that sealed it. */
export function opens(keyring: Keyring, sealed: string): boolean {
  return keyring.find(sealed.split(".")[0] ?? "") !== undefined;
}

/**
 * Publishes a new key of each algorithm, which signs after five minutes. Adds none if a key of the algorithm is still
 * waiting. Several instances may run it at once. Returns when the key of `algorithm` will sign, and whether this call
 * added it.
 */
export async function rotateSigningKeys(
  services: KeyServices,
  origin: Origin,
  algorithm: SigningAlgorithm,
): Promise<{ signsFrom: Date; added: boolean }> {
  const [first, ...others] = inOrder(algorithm);
  const rotated = await addSigningKey(services, origin, first ?? algorithm, "when none waits");
  for (const other of others) await addSigningKey(services, origin, other, "when none waits");
  return rotated;
}

/** Adds a key, unless `when` says that one exists. The first key of a server signs at once, others wait. */
export async function addSigningKey(
  services: KeyServices,
  origin: Origin,
  algorithm: SigningAlgorithm,
  when: "when none opens" | "when none waits",
  unused = false,
): Promise<{ signsFrom: Date; added: boolean }> {
  const made = await makeKey(services.keys, algorithm);
  return await inTransaction(services, async (tx) => {
    const existing = await lockSigningKeys(tx.db);
    const now = tx.now();
    const opened = existing.filter(({ sealed }) => opens(services.keys, sealed));
    const usable = opened.findLast((key) => key.algorithm === algorithm);
    if (usable && (when === "when none opens" || usable.signsFrom > now)) {
      return { signsFrom: usable.signsFrom, added: false };
    }
    const waits = opened.length === 0 ? 0 : unused ? UNUSED_WAITS_SECONDS : PUBLISHED_BEFORE_SECONDS;
    const signsFrom = new Date(now.getTime() + waits * 1000);
    await insertSigningKey(tx.db, { ...made, createdAt: now, signsFrom });
    if (usable) {
      recordEvent(tx, "signing_key.added", origin, {}, {
        kid: made.id,
        signsFrom: signsFrom.toISOString(),
      });
    }
    return { signsFrom, added: true };
  });
}

async function makeKey(keyring: Keyring, algorithm: SigningAlgorithm) {
  const { id, publicJwk, privateJwk } = await newKeyPair(algorithm);
  const sealed = await seal(keyring, "signing key", id, privateJwk);
  return { id, algorithm, publicJwk, sealed };
}

/** How long a key signs, and how long a token it signed can be valid. */
export type KeyLifetimes = { signsSeconds: number; longestTokenSeconds: number };

/**
 * Run periodically. For each algorithm, adds a key when the newest has signed long enough, deletes keys whose tokens
 * have all expired, and reseals the others under the current root secret. Idempotent.
 */
export async function maintainSigningKeys(services: KeyServices, lifetimes: KeyLifetimes): Promise<void> {
  const stored = await readSigningKeys(services.db);
  for (const algorithm of SIGNING_ALGORITHMS) {
    await maintainKeysOf(services, algorithm, stored.filter((key) => key.algorithm === algorithm), lifetimes);
  }
}

async function maintainKeysOf(
  services: KeyServices,
  algorithm: SigningAlgorithm,
  keys: readonly StoredSigningKey[],
  lifetimes: KeyLifetimes,
): Promise<void> {
  const now = services.now().getTime();
  const newest = keys.at(-1);
  if (newest && now - newest.signsFrom.getTime() >= lifetimes.signsSeconds * 1000) {
    await addSigningKey(services, SYSTEM, algorithm, "when none waits");
  }
  // A key signs until its successor does.
  const gone = keys.filter((_key, index) => {
    const successor = keys[index + 1];
    return successor && now - successor.signsFrom.getTime() > lifetimes.longestTokenSeconds * 1000;
  });
  if (gone.length > 0) await deleteSigningKeys(services.db, gone.map(({ id }) => id));
  for (const key of keys) await reseal(services, key);
}

export async function reseal({ db, keys }: KeyServices, key: StoredSigningKey): Promise<void> {
  if (key.sealed.startsWith(`${keys.current.id}.`) || !opens(keys, key.sealed)) return;
  const sealed = await seal(keys, "signing key", key.id, await open(keys, "signing key", key.id, key.sealed));
  await resealSigningKey(db, key, sealed);
}
