import { type Caller, mayAct, refusal } from "../operations/caller.ts";
import { AuthError, Unauthenticated } from "../lib/errors.ts";
import { type Origin, recordEvent } from "../events/events.ts";
import { isId, newId } from "../lib/ids.ts";
import { CannotOpen } from "../platform/keys/seal.ts";
import type { OperatorRole } from "../operations/operators/roles.ts";
import { plainLine } from "../lib/plain_line.ts";
import type { Secret } from "../lib/secret.ts";
import type { Tx } from "../events/transaction.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasClock } from "../lib/clock.ts";
import { holdUser } from "../platform/db/hold_user.ts";
import { type Envelope, openSecret, sealSecret } from "./envelope.ts";
import { healthOf, type Known, nextChange, type TokenHealth } from "./health.ts";
import { type HasRefreshHorizon, refreshTime } from "./refresh_timing.ts";
import {
  findCredential,
  findLiveCredential,
  type Identity,
  insertCredential,
  lockCredential,
  lockIdentity,
  updateCredential,
} from "./vault_store.ts";

/** Credentials as they are stored, for whoever has made sure of the caller's right. */
export {
  findCredential,
  findCredentials,
  findOwnersCredentials,
  findUnchecked,
  findUsersCredentials,
  forgetUsersCredentials,
  hasLiveOf,
  lockCredential,
  pageOfCredentials,
} from "./vault_store.ts";

/** Tokens that somebody else issued. What is secret of them lies in `envelope` and nowhere else. */
export type Credential = Known & {
  id: string;
  /** The provider's id. */
  provider: string;
  ownerId: string | null;
  /** The provider's words for whose it is, made safe to show. */
  label: string;
  /** The public half of the token, where it has one. */
  tokenId: string | null;
  /** The provider's own name for whose account it is, where it has one. */
  account: string | null;
  scopes: string[];
  /** The health last announced; `healthOf` tells the present one. */
  health: TokenHealth;
  lastRefreshedAt: Date | null;
  lastFailure: string | null;
  createdAt: Date;
  /** Grows with every change. */
  version: number;
  /** When the next refresh is tried; null when there is nothing to refresh with, or no use. */
  refreshAt: Date | null;
  /** Until then, somebody is refreshing it: see `claimRefresh`. */
  claimedUntil: Date | null;
  /** When its health changes by time alone. */
  changesAt: Date | null;
  /** Undefined once revoked. */
  envelope: Envelope | undefined;
};

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

export function presentHealth(
  { now, refreshHorizonSeconds }: HasClock & HasRefreshHorizon,
  credential: Known,
): TokenHealth {
  return healthOf(credential, now(), refreshHorizonSeconds);
}

type VaultTx = Tx<HasDatabase & HasClock & HasKeys & HasRefreshHorizon>;

/** What is stored of newly issued tokens. `secret` holds what `reveal` will give back, as JSON. */
export type NewCredential =
  & Pick<Credential, "provider" | "ownerId" | "label" | "tokenId" | "account" | "scopes" | "expiresAt">
  & {
    /** When the provider issued them to us, just now: so they work. Null when they are older, or not tried yet. */
    issuedAt: Date | null;
    hasRefreshToken: boolean;
    secret: Secret<unknown>;
  };

/**
 * What the owner has stored, and not revoked, of the same token or, where the provider names one, the same account;
 * locked. Until the transaction ends, nobody else stores another: two at once become one credential.
 */
export async function lockStored(
  tx: Tx<HasDatabase>,
  identity: Identity,
): Promise<Credential | undefined> {
  if (!identity.tokenId && !identity.account) return undefined;
  await lockIdentity(tx.db, identity);
  return await findLiveCredential(tx.db, identity);
}

/** Longer than any address. */
const LONGEST_LABEL = 320;

/**
 * Seals tokens into the vault: HEALTHY when the provider issued them just now, UNKNOWN as long as nobody has tried
 * them. The same token, or the same account, of the same owner takes the place of what was stored before, and keeps
 * its id. Throws `Unauthenticated` when the owner was deleted.
 */
export async function storeCredential(
  tx: VaultTx,
  origin: Origin,
  input: NewCredential,
): Promise<Credential> {
  if (input.ownerId !== null && !await holdUser(tx.db, input.ownerId)) throw new Unauthenticated();
  const existing = await lockStored(tx, input);
  const id = existing?.id ?? newId("crd");
  const { secret, ...facts } = input;
  const { issuedAt, expiresAt, hasRefreshToken } = facts;
  const known: Known = {
    issuedAt,
    expiresAt,
    hasRefreshToken,
    refused: false,
    refreshFailures: 0,
    lastCheckedAt: issuedAt,
    revokedAt: null,
  };
  const previous = existing?.health ?? "UNKNOWN";
  const credential: Credential = {
    ...facts,
    ...known,
    id,
    label: plainLine(facts.label, LONGEST_LABEL) || id,
    health: issuedAt ? presentHealth(tx, known) : previous,
    lastRefreshedAt: null,
    lastFailure: null,
    createdAt: existing?.createdAt ?? tx.now(),
    version: (existing?.version ?? 0) + 1,
    refreshAt: hasRefreshToken && expiresAt
      ? refreshTime(id, { issuedAt: issuedAt ?? tx.now(), expiresAt }, tx.refreshHorizonSeconds)
      : null,
    claimedUntil: null,
    changesAt: nextChange(known, tx.now(), tx.refreshHorizonSeconds),
    envelope: sealSecret(tx.keys, contextOf({ ...facts, id }), secret),
  };
  const { provider, label, tokenId } = credential;
  if (existing) {
    await updateCredential(tx.db, credential);
    recordEvent(tx, "credential.updated", origin, subjectsOf(credential), { provider, label });
  } else {
    await insertCredential(tx.db, credential);
    recordEvent(tx, "credential.created", origin, subjectsOf(credential), { provider, label, tokenId });
  }
  recordHealth(tx, origin, credential, previous, "the provider issued the tokens");
  return credential;
}

function recordHealth(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  credential: Credential,
  previous: TokenHealth,
  reason: string,
): void {
  const { health: current } = credential;
  if (current === previous) return;
  recordEvent(tx, "credential.health_changed", origin, subjectsOf(credential), { previous, current, reason });
}

/**
 * Writes what was learned about a locked credential, and announces its health when that is another one than
 * was last announced. `reason` is a short sentence for the event.
 */
export async function noteCredential(
  tx: Tx<HasDatabase & HasClock & HasRefreshHorizon>,
  origin: Origin,
  credential: Credential,
  learned: Partial<Omit<Credential, "id" | "provider" | "ownerId" | "health" | "version" | "changesAt">>,
  reason: string,
): Promise<Credential> {
  const next = { ...credential, ...learned, version: credential.version + 1 };
  const noted: Credential = {
    ...next,
    health: presentHealth(tx, next),
    changesAt: nextChange(next, tx.now(), tx.refreshHorizonSeconds),
  };
  await updateCredential(tx.db, noted);
  recordHealth(tx, origin, noted, credential.health, reason);
  return noted;
}

/** The credential, if it exists and `caller` may see it. Throws `CredentialNotFound` otherwise. */
export async function getCredential(
  services: HasDatabase,
  caller: Caller,
  id: string,
): Promise<Credential> {
  return visible(caller, isId("crd", id) ? await findCredential(services.db, id) : undefined);
}

/** Locks the credential for its owner, or an operator of this role. Throws `CredentialNotFound` or `Forbidden`. */
export async function lockCredentialFor(
  tx: Tx<HasDatabase>,
  caller: Caller,
  id: string,
  role: OperatorRole = "OPERATE",
): Promise<Credential> {
  const credential = visible(caller, isId("crd", id) ? await lockCredential(tx.db, id) : undefined);
  if (!mayAct(caller, role, credential.ownerId)) throw refusal(caller, role);
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
export function openCredential(keys: HasKeys["keys"], credential: Credential): Secret<unknown> {
  if (!credential.envelope) throw new ReauthorizationRequired("Cannot use this credential: it was revoked");
  try {
    return openSecret(keys, contextOf(credential), credential.envelope);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    throw new ReauthorizationRequired(error.message, {
      actionRequired:
        "Authorise again, or restore the root secret it was sealed under (SALLYPORT_SECRET_PREVIOUS)",
    }, { cause: error });
  }
}

/** The secret of a credential; undefined when it does not open. */
export function openedIfPossible(
  keys: HasKeys["keys"],
  credential: Credential,
): Secret<unknown> | undefined {
  try {
    return openCredential(keys, credential);
  } catch (error) {
    if (error instanceof ReauthorizationRequired) return undefined;
    throw error;
  }
}

/**
 * Destroys the secret and marks the credential REVOKED. `atProvider` tells whether the provider revoked it too;
 * `note` is kept as its last failure when there is something the owner should know. Revoking twice changes nothing.
 */
export async function revokeLocally(
  tx: Tx<HasDatabase & HasClock & HasRefreshHorizon>,
  origin: Origin,
  credential: Credential,
  outcome: { atProvider: boolean; note: string | null },
): Promise<Credential> {
  if (credential.revokedAt) return credential;
  const gone = {
    revokedAt: tx.now(),
    envelope: undefined,
    lastFailure: outcome.note,
    refreshAt: null,
    claimedUntil: null,
  };
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
