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

/** R13: published this long before it signs, so that whoever caches our keys has it by then. */
const PUBLISHED_BEFORE_SECONDS = 5 * 60;

/** An instance that heard of no change looks anyway: a new key is known everywhere long before it signs. */
const RELOAD_MS = 60_000;

/** A token under an unknown key makes us look again, but not for every token that somebody makes up. */
const UNKNOWN_RELOAD_MS = 1_000;

type KeyServices = HasClock & HasEventLog & HasKeys;

/**
 * The keys that tokens are signed with (Ed25519, RFC 8037).
 *
 *     published ──5 min──▶ signs ──a newer key signs──▶ verifies only ──longest token's life──▶ gone
 */
export type SigningKeys = {
  /** Signs `data` under the key whose turn it is. */
  sign(data: (kid: string) => string): { input: string; signature: Uint8Array };
  /** Whether the key `kid` made this signature. Looks in the database again when it does not know the key. */
  verify(kid: string, input: string, signature: Uint8Array): boolean | Promise<boolean>;
  /** Whether the key is in force, as far as is known here. */
  has(kid: string): boolean;
  /** What `/.well-known/jwks.json` answers (RFC 7517). */
  jwks(): { keys: JWK[] };
  /** Reads the keys anew. */
  reload(): Promise<void>;
};

/** Without the private half, which the root secrets in force do not open, a key still verifies. */
type SigningKey = StoredSigningKey & { privateKey: KeyObject | undefined; publicKey: KeyObject };

/**
 * The signing keys of this database. Makes one when there is none that the root secrets in force open, and seals those
 * anew that are under the one before.
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
    reload().catch((error) => log.warn("Signing keys could not be read again: {error}", { error }));
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

/** The newest key that is old enough to sign; the first one when a clock that steps back leaves none. */
function signingKey(keys: readonly SigningKey[], now: Date): SigningKey | undefined {
  const ours = keys.filter(({ privateKey }) => privateKey);
  return ours.findLast((key) => key.signsFrom <= now) ?? ours[0];
}

/** Every stored key, opened; those that are known already are taken as they are. */
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

/** Whether a root secret in force is the one that it was sealed under. */
function opens(keyring: Keyring, sealed: string): boolean {
  return keyring.find(sealed.split(".")[0] ?? "") !== undefined;
}

/**
 * Publishes a new key, which signs after five minutes. Returns when it will sign, and whether it is a new one: while
 * one waits for its turn there is no second. A server's first key signs at once. Safe with any number of instances.
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

/** A new key pair; its id is the thumbprint of its public half (RFC 7638). */
async function makeKey(keyring: Keyring): Promise<Pick<StoredSigningKey, "id" | "publicJwk" | "sealed">> {
  const { publicKey, privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  const { kty, crv, x } = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x! });
  const sealed = await seal(keyring, "signing key", id, await exportJWK(privateKey));
  return { id, publicJwk: { kty, crv, x, kid: id, alg: "EdDSA", use: "sig" }, sealed };
}

/** How long a key signs, and how long what it signed can be valid. */
export type KeyLifetimes = { signsSeconds: number; longestTokenSeconds: number };

/**
 * What the schedule does: adds a key when the newest has signed for long enough, drops those that nothing valid was
 * signed with any more, and seals the rest under the present root key. Doing it twice does no harm.
 */
export async function tendSigningKeys(services: KeyServices, lifetimes: KeyLifetimes): Promise<void> {
  const keys = await readSigningKeys(services.db);
  const now = services.now().getTime();
  const newest = keys.at(-1);
  if (newest && now - newest.signsFrom.getTime() >= lifetimes.signsSeconds * 1000) {
    await rotateSigningKey(services, SYSTEM);
  }
  // A key signs until the one after it does.
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
