import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import type { JWK } from "jose";
import { SYSTEM } from "../../events/events.ts";
import type { Keyring } from "../../platform/keys/root_key.ts";
import { open } from "../../platform/keys/seal.ts";
import { isSignatureOf, type SigningAlgorithm, signText } from "./signing_algorithms.ts";
import { readSigningKeys, type StoredSigningKey } from "./signing_key_store.ts";
import {
  addSigningKey,
  inOrder,
  type KeyServices,
  opens,
  PUBLISHED_BEFORE_SECONDS,
  reseal,
} from "./signing_key_rotation.ts";

const log = getLogger(["sallyport", "keys"]);

/**
 * Keys are read again at this interval even without a change event, so all instances know a new key long
 * before it signs.
 */
const RELOAD_MS = 60_000;

/**
 * A token with an unknown key triggers a read, at most once per this interval, so forged key ids cannot cause
 * load.
 */
const UNKNOWN_RELOAD_MS = 1_000;

/**
 * The keys that sign tokens. Each algorithm has its own keys. All keys are published and verify tokens, but only those
 * of the configured algorithm sign. So a change of the algorithm ends no session.
 *
 *     published ──5 min──▶ signs ──a newer key signs──▶ verifies only ──longest token's lifetime──▶ deleted
 */
export type SigningKeys = {
  /** Signs `data` with the current signing key. */
  sign(data: (kid: string, algorithm: SigningAlgorithm) => string): { input: string; signature: Uint8Array };
  /**
   * Verifies a signature made by the key `kid`. False if `algorithm` is not the key's own (RFC 8725 §3.1). Reads the
   * keys again if the key is unknown.
   */
  verify(kid: string, algorithm: string, input: string, signature: Uint8Array): boolean | Promise<boolean>;
  /** Whether this instance knows the key to be in force. */
  has(kid: string): boolean;
  /** The content of `/.well-known/jwks.json` (RFC 7517). */
  jwks(): { keys: JWK[] };
  /** All keys of the server, oldest first. */
  list(): PublishedKey[];
  /** Reads the keys from the database. */
  reload(): Promise<void>;
};

/** A published key. One key `signs` at a time. */
export type PublishedKey = Pick<StoredSigningKey, "id" | "algorithm" | "createdAt" | "signsFrom"> & {
  signs: boolean;
};

/** `privateKey` is undefined if no root secret in force opens it. The key then only verifies. */
type SigningKey = StoredSigningKey & { privateKey: KeyObject | undefined; publicKey: KeyObject };

/**
 * Opens the signing keys of this database. For each algorithm creates one if no root secret in force opens any, and
 * reseals keys that are sealed under the previous root secret.
 */
export async function openSigningKeys(
  services: KeyServices,
  algorithm: SigningAlgorithm,
): Promise<SigningKeys> {
  let keys = new Map<string, SigningKey>();
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  const read = async () => {
    keys = await openAll(services, keys);
    readAt = performance.now();
  };
  const reload = () => reading ??= read().finally(() => reading = undefined);
  const reloadInBackground = () => {
    if (performance.now() - readAt < RELOAD_MS || reading) return;
    reload().catch((error) => log.warn("Could not reload the signing keys: {error}", { error }));
  };
  await reload();
  // The configured one first: the first key of a server signs at once.
  for (const each of inOrder(algorithm)) {
    if (![...keys.values()].some((key) => key.privateKey && key.algorithm === each)) {
      await addSigningKey(services, SYSTEM, each, "when none opens", each !== algorithm);
    }
  }
  for (const key of keys.values()) await reseal(services, key);
  await reload();

  return {
    reload,
    sign: (data) => {
      reloadInBackground();
      const key = signingKey([...keys.values()], algorithm, services.now());
      if (!key?.privateKey) throw new TypeError("There is no signing key");
      const input = data(key.id, key.algorithm);
      return { input, signature: signText(key.algorithm, key.privateKey, input) };
    },
    verify: (kid, claimed, input, signature) => {
      reloadInBackground();
      const verified = () => {
        const key = keys.get(kid);
        return key?.algorithm === claimed && isSignatureOf(key.algorithm, key.publicKey, input, signature);
      };
      if (keys.has(kid) || performance.now() - readAt < UNKNOWN_RELOAD_MS) return verified();
      return reload().then(verified);
    },
    has: (kid) => {
      reloadInBackground();
      return keys.has(kid);
    },
    list: () => {
      reloadInBackground();
      const all = [...keys.values()];
      const current = signingKey(all, algorithm, services.now());
      return all.map(({ id, algorithm, createdAt, signsFrom }) => ({
        id,
        algorithm,
        createdAt,
        signsFrom,
        signs: id === current?.id,
      }));
    },
    jwks: () => {
      reloadInBackground();
      return { keys: [...keys.values()].map(({ publicJwk }) => publicJwk as JWK) };
    },
  };
}

/**
 * Returns the newest key of the algorithm that may sign. While its first key is too new, returns one of the other
 * algorithm. If the clock was set back and no key may sign, returns the first key.
 */
function signingKey(
  keys: readonly SigningKey[],
  algorithm: SigningAlgorithm,
  now: Date,
): SigningKey | undefined {
  const ours = keys.filter(({ privateKey }) => privateKey);
  const publishedBefore = now.getTime() - PUBLISHED_BEFORE_SECONDS * 1000;
  const ready = ours.filter((key) =>
    key.signsFrom <= now || (key.algorithm === algorithm && key.createdAt.getTime() <= publishedBefore)
  );
  return ready.findLast((key) => key.algorithm === algorithm) ?? ready.at(-1) ?? ours[0];
}

/** Opens all stored keys. Reuses those that are open already. */
async function openAll(services: KeyServices, known: ReadonlyMap<string, SigningKey>) {
  const stored = await readSigningKeys(services.db);
  const opened = await Promise.all(stored.map(async (key) => {
    const before = known.get(key.id);
    return before?.sealed === key.sealed ? before : { ...key, ...await openKey(services.keys, key) };
  }));
  return new Map(opened.map((key) => [key.id, key]));
}

async function openKey(keyring: Keyring, { id, sealed, publicJwk }: StoredSigningKey) {
  const publicKey = createPublicKey({ key: publicJwk, format: "jwk" });
  if (!opens(keyring, sealed)) return { publicKey, privateKey: undefined };
  const jwk = await open(keyring, "signing key", id, sealed) as Record<string, unknown>;
  return { publicKey, privateKey: createPrivateKey({ key: jwk, format: "jwk" }) };
}
