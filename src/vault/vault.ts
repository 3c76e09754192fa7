import { type Caller, mayAct, originOf, refusal, requireRecentSignIn } from "../caller.ts";
import { AuthError, Unauthenticated } from "../errors.ts";
import { type Origin, recordEvent } from "../events/events.ts";
import { isId, newId } from "../ids.ts";
import { CannotOpen } from "../keys/seal.ts";
import type { Secret } from "../secret.ts";
import { inTransaction, type Services, type Tx } from "../services.ts";
import { holdUser } from "../users/users.ts";
import { openSecret, sealSecret } from "./envelope.ts";
import { healthOf, type Known, type TokenHealth } from "./health.ts";
import {
  findCredential,
  findLiveCredential,
  insertCredential,
  lockCredential,
  lockTokenId,
  updateCredential,
} from "./vault_store.ts";

/** Credentials as they are stored, for whoever has made sure of the caller's right. */
export {
  findCredential,
  findCredentials,
  forgetUsersCredentials,
  lockCredential,
  pageOfCredentials,
} from "./vault_store.ts";

export type Provider = "MODAL" | "GOOGLE";

/** Tokens that somebody else issued. What is secret of them lies in `envelope` and nowhere else. */
export type Credential = Known & {
  id: string;
  provider: Provider;
  ownerId: string | null;
  label: string;
  /** The public half of the token, where it has one. */
  tokenId: string | null;
  scopes: string[];
  /** The health last announced; `healthOf` tells the present one. */
  health: TokenHealth;
  lastRefreshedAt: Date | null;
  lastFailure: string | null;
  createdAt: Date;
  /** Grows with every change. */
  version: number;
  /** Undefined once revoked. */
  envelope: { rootKeyId: string; sealed: string } | undefined;
};

/** A token that ends within this time is EXPIRING. */
export const REFRESH_HORIZON_SECONDS = 24 * 60 * 60;

/** No credential of this id exists, or it is not the caller's to see: one answer for both. */
export class CredentialNotFound extends AuthError {
  readonly code = "CREDENTIAL_NOT_FOUND";
  constructor() {
    super("Cannot find this credential: it does not exist, or is somebody else's", {
      actionRequired: "Check the id",
    });
  }
}

/** The tokens are gone or cannot be read any more; only new ones help. */
export class ReauthorizationRequired extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
}

export function presentHealth(credential: Known, now: Date): TokenHealth {
  return healthOf(credential, now, REFRESH_HORIZON_SECONDS);
}

type VaultTx = Tx<Pick<Services, "db" | "now" | "keys">>;

/** What is stored of newly issued tokens. `secret` holds what `reveal` will give back, as JSON. */
export type NewCredential =
  & Pick<Credential, "provider" | "ownerId" | "label" | "tokenId" | "scopes" | "expiresAt">
  & {
    hasRefreshToken: boolean;
    secret: Secret<unknown>;
  };

/**
 * Seals tokens into the vault with health UNKNOWN: nobody has tried them yet. The same token of the same owner
 * takes the place of the one stored before, and keeps its id. Throws `Unauthenticated` when the owner was deleted.
 */
export async function storeCredential(
  tx: VaultTx,
  origin: Origin,
  input: NewCredential,
): Promise<Credential> {
  if (input.ownerId !== null && !await holdUser(tx.db, input.ownerId)) throw new Unauthenticated();
  if (input.tokenId) await lockTokenId(tx.db, input.provider, input.tokenId);
  const existing = input.tokenId &&
    await findLiveCredential(tx.db, input.provider, input.tokenId, input.ownerId);
  const id = existing ? existing.id : newId("crd");
  const { secret, ...facts } = input;
  const credential: Credential = {
    ...facts,
    id,
    health: existing ? existing.health : "UNKNOWN",
    refused: false,
    lastCheckedAt: null,
    lastRefreshedAt: null,
    lastFailure: null,
    revokedAt: null,
    createdAt: existing ? existing.createdAt : tx.now(),
    version: existing ? existing.version + 1 : 1,
    envelope: await sealSecret(tx.keys, contextOf({ ...facts, id }), secret),
  };
  const { provider, label, tokenId } = credential;
  if (existing) {
    await updateCredential(tx.db, credential);
    recordEvent(tx, "credential.updated", origin, subjectsOf(credential), { provider, label });
    return credential;
  }
  await insertCredential(tx.db, credential);
  recordEvent(tx, "credential.created", origin, subjectsOf(credential), { provider, label, tokenId });
  return credential;
}

/**
 * Writes what was learned about a locked credential, and announces its health when that is another one than
 * was last announced. `reason` is a short sentence for the event.
 */
export async function noteCredential(
  tx: Tx<Pick<Services, "db" | "now">>,
  origin: Origin,
  credential: Credential,
  learned: Partial<Omit<Credential, "id" | "provider" | "ownerId" | "health" | "version">>,
  reason: string,
): Promise<Credential> {
  const next = { ...credential, ...learned, version: credential.version + 1 };
  const health = presentHealth(next, tx.now());
  const noted: Credential = { ...next, health };
  await updateCredential(tx.db, noted);
  if (health !== credential.health) {
    recordEvent(tx, "credential.health_changed", origin, subjectsOf(noted), {
      previous: credential.health,
      current: health,
      reason,
    });
  }
  return noted;
}

/** The credential, if it exists and `caller` may see it. Throws `CredentialNotFound` otherwise. */
export async function getCredential(
  services: Pick<Services, "db">,
  caller: Caller,
  id: string,
): Promise<Credential> {
  return visible(caller, isId("crd", id) ? await findCredential(services.db, id) : undefined);
}

/** Locks the credential for a caller who may change it. Throws `CredentialNotFound` or `Forbidden`. */
export async function lockCredentialFor(
  tx: Tx<Pick<Services, "db">>,
  caller: Caller,
  id: string,
): Promise<Credential> {
  const credential = visible(caller, isId("crd", id) ? await lockCredential(tx.db, id) : undefined);
  if (!mayAct(caller, "OPERATE", credential.ownerId)) throw refusal(caller, "OPERATE");
  return credential;
}

function visible(caller: Caller, credential: Credential | undefined): Credential {
  if (!credential || !mayAct(caller, "READ", credential.ownerId)) throw new CredentialNotFound();
  return credential;
}

/**
 * The secret of a credential. Throws `ReauthorizationRequired` when it was revoked, does not open (changed,
 * damaged) or was sealed under a root secret that is not configured.
 */
export async function openCredential(
  keys: Services["keys"],
  credential: Credential,
): Promise<Secret<unknown>> {
  if (!credential.envelope) throw new ReauthorizationRequired("Cannot use this credential: it was revoked");
  try {
    return await openSecret(keys, contextOf(credential), credential.envelope);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    throw new ReauthorizationRequired(error.message, {
      actionRequired:
        "Authorise again, or restore the root secret it was sealed under (SALLYPORT_SECRET_PREVIOUS)",
    }, { cause: error });
  }
}

/**
 * Gives out a credential's secret to its owner, who must have signed in within ten minutes, or to an operator with the
 * role REVEAL, and records `credential.revealed` in the same transaction.
 * Throws `CredentialNotFound`, `Forbidden`, `RecentSignInRequired` or `ReauthorizationRequired`.
 */
export async function revealCredential(
  services: Pick<Services, "db" | "now" | "wakeLog" | "keys">,
  caller: Caller,
  id: string,
): Promise<{ credential: Credential; secret: Secret<unknown> }> {
  return await inTransaction(services, async (tx) => {
    const credential = visible(caller, isId("crd", id) ? await lockCredential(tx.db, id) : undefined);
    if (!mayAct(caller, "REVEAL", credential.ownerId)) throw refusal(caller, "REVEAL");
    if (caller.kind === "user") requireRecentSignIn(caller, tx.now(), "show this secret");
    const secret = await openCredential(services.keys, credential);
    recordEvent(tx, "credential.revealed", originOf(caller), subjectsOf(credential), {
      provider: credential.provider,
    });
    return { credential, secret };
  });
}

/**
 * Destroys the secret and marks the credential REVOKED. `atProvider` tells whether the provider revoked it too;
 * `note` is kept as its last failure when there is something the owner should know. Revoking twice changes nothing.
 */
export async function revokeLocally(
  tx: Tx<Pick<Services, "db" | "now">>,
  origin: Origin,
  credential: Credential,
  outcome: { atProvider: boolean; note: string | null },
): Promise<Credential> {
  if (credential.revokedAt) return credential;
  const gone = { revokedAt: tx.now(), envelope: undefined, lastFailure: outcome.note };
  const revoked = await noteCredential(tx, origin, credential, gone, "revoked");
  recordEvent(tx, "credential.revoked", origin, subjectsOf(credential), {
    provider: credential.provider,
    atProvider: outcome.atProvider,
  });
  return revoked;
}

/** What a credential's secret is bound to. */
export function contextOf(credential: Pick<Credential, "id" | "ownerId" | "provider">) {
  return { credentialId: credential.id, ownerId: credential.ownerId, provider: credential.provider };
}

function subjectsOf(credential: Credential) {
  return { credentialId: credential.id, userId: credential.ownerId };
}
