import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasKeys, Keyring } from "../../platform/keys/root_key.ts";
import { open, seal } from "../../platform/keys/seal.ts";
import {
  deleteSigningKeys,
  insertSigningKey,
  lockSigningKeys,
  readSigningKeys,
  resealSigningKey,
  type StoredSigningKey,
} from "./signing_key_store.ts";

const log = getLogger(["sallyport", "keys"]);

/** R13: a key is published this long before it signs, so that clients that cache our keys have it by then. */
const PUBLISHED_BEFORE_SECONDS = 5 * 60;

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

type KeyServices = HasClock & HasEventLog & HasKeys;

/**
 * The keys that sign tokens (Ed25519, RFC 8037).
 *
 *     published ──5 min──▶ signs ──a newer key signs──▶ verifies only ──longest token's lifetime──▶ deleted
 */
export type SigningKeys = {
  /** Signs `data` with the current signing key. */
  sign(data: (kid: string) => string): { input: string; signature: Uint8Array };
  /** Verifies a signature made by the key `kid`. Reads the keys again if the key is unknown. */
  verify(kid: string, input: string, signature: Uint8Array): boolean | Promise<boolean>;
  /** Whether this instance knows the key to be in force. */
  has(kid: string): boolean;
  /** The content of `/.well-known/jwks.json` (RFC 7517). */
  jwks(): { keys: JWK[] };
  /** Reads the keys from the database. */
  reload(): Promise<void>;
};

/** `privateKey` is undefined if no root secret in force opens it. The key then only verifies. */
type SigningKey = StoredSigningKey & { privateKey: KeyObject | undefined; publicKey: KeyObject };

/**
 * Opens the signing keys of this database. Creates one if no root secret in force opens any, and reseals keys
 * that are sealed under the previous root secret.
 */
export async function openSigningKeys(services: KeyServices): Promise<SigningKeys> {
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
  const verifyWith = (key: SigningKey | undefined, input: string, signature: Uint8Array) =>
    key !== undefined && verify(null, new TextEncoder().encode(input), key.publicKey, signature);
  await reload();
  if (![...keys.values()].some(({ privateKey }) => privateKey)) {
    await addSigningKey(services, SYSTEM, "when none opens");
  }
  for (const key of keys.values()) await reseal(services, key);
  await reload();

  return {
    reload,
    sign: (data) => {
      reloadInBackground();
      const key = signingKey([...keys.values()], services.now());
      if (!key?.privateKey) throw new TypeError("There is no signing key");
      const input = data(key.id);
      return { input, signature: sign(null, new TextEncoder().encode(input), key.privateKey) };
    },
    verify: (kid, input, signature) => {
      reloadInBackground();
      const key = keys.get(kid);
      if (key || performance.now() - readAt < UNKNOWN_RELOAD_MS) return verifyWith(key, input, signature);
      return reload().then(() => verifyWith(keys.get(kid), input, signature));
    },
    has: (kid) => {
      reloadInBackground();
      return keys.has(kid);
    },
    jwks: () => {
      reloadInBackground();
      return { keys: [...keys.values()].map(({ publicJwk }) => publicJwk as JWK) };
    },
  };
}

/** Returns the newest key that may sign already; the first key if the clock was set back and none may. */
function signingKey(keys: readonly SigningKey[], now: Date): SigningKey | undefined {
  const ours = keys.filter(({ privateKey }) => privateKey);
  return ours.findLast((key) => key.signsFrom <= now) ?? ours[0];
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

/** Whether the root secret that sealed it is in force. */
function opens(keyring: Keyring, sealed: string): boolean {
  return keyring.find(sealed.split(".")[0] ?? "") !== undefined;
}

/**
 * Publishes a new key, which signs after five minutes. If a key is still waiting, adds none. The first key of
 * a server signs at once. Several instances may run it at once. Returns when the key will sign, and whether
 * it was added.
 */
export async function rotateSigningKey(
  services: KeyServices,
  origin: Origin,
): Promise<{ signsFrom: Date; added: boolean }> {
  return await addSigningKey(services, origin, "when none waits");
}

async function addSigningKey(
  services: KeyServices,
  origin: Origin,
  when: "when none opens" | "when none waits",
): Promise<{ signsFrom: Date; added: boolean }> {
  const made = await makeKey(services.keys);
  return await inTransaction(services, async (tx) => {
    const existing = await lockSigningKeys(tx.db);
    const now = tx.now();
    const usable = existing.filter(({ sealed }) => opens(services.keys, sealed)).at(-1);
    if (usable && (when === "when none opens" || usable.signsFrom > now)) {
      return { signsFrom: usable.signsFrom, added: false };
    }
    const waits = usable ? PUBLISHED_BEFORE_SECONDS * 1000 : 0;
    const signsFrom = new Date(now.getTime() + waits);
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

/** Creates a key pair. Its id is the thumbprint of the public key (RFC 7638). */
async function makeKey(keyring: Keyring): Promise<Pick<StoredSigningKey, "id" | "publicJwk" | "sealed">> {
  const { publicKey, privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  const { kty, crv, x } = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x! });
  const sealed = await seal(keyring, "signing key", id, await exportJWK(privateKey));
  return { id, publicJwk: { kty, crv, x, kid: id, alg: "EdDSA", use: "sig" }, sealed };
}

/** How long a key signs, and how long a token it signed can be valid. */
export type KeyLifetimes = { signsSeconds: number; longestTokenSeconds: number };

/**
 * Run periodically: adds a key when the newest has signed long enough, deletes keys whose tokens have all
 * expired, and reseals the others under the current root secret. Idempotent.
 */
export async function maintainSigningKeys(services: KeyServices, lifetimes: KeyLifetimes): Promise<void> {
  const keys = await readSigningKeys(services.db);
  const now = services.now().getTime();
  const newest = keys.at(-1);
  if (newest && now - newest.signsFrom.getTime() >= lifetimes.signsSeconds * 1000) {
    await rotateSigningKey(services, SYSTEM);
  }
  // A key signs until its successor does.
  const gone = keys.filter((_key, index) => {
    const successor = keys[index + 1];
    return successor && now - successor.signsFrom.getTime() > lifetimes.longestTokenSeconds * 1000;
  });
  if (gone.length > 0) await deleteSigningKeys(services.db, gone.map(({ id }) => id));
  for (const key of keys) await reseal(services, key);
}

async function reseal({ db, keys }: KeyServices, key: StoredSigningKey): Promise<void> {
  if (key.sealed.startsWith(`${keys.current.id}.`) || !opens(keys, key.sealed)) return;
  const sealed = await seal(keys, "signing key", key.id, await open(keys, "signing key", key.id, key.sealed));
  await resealSigningKey(db, key, sealed);
}
