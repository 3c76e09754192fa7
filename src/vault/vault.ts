import { type Caller, mayAct, refusal } from "../operations/caller.ts";
import { AuthError, Unauthenticated } from "../lib/errors.ts";
import { type Origin, recordEvent } from "../events/events.ts";
import { isId, newId } from "../lib/ids.ts";
import type { OperatorRole } from "../operations/operators/roles.ts";
import { plainLine } from "../lib/plain_line.ts";
import type { Secret } from "../lib/secret.ts";
import type { Tx } from "../events/transaction.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasClock } from "../lib/clock.ts";
import { holdUser } from "../platform/db/hold_user.ts";
import { type Envelope, sealSecret } from "./envelope.ts";
import { healthOf, type Known, nextChange, type TokenHealth } from "./health.ts";
import { contextOf } from "./open_credential.ts";
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

/** Store functions without an access check: the code that calls them must check the caller's permission. */
export {
  countCredentials,
  findCredential,
  findCredentials,
  findOwnersCredentials,
  findUsersCredentials,
  forgetUsersCredentials,
  hasLiveOf,
  lockCredential,
  pageOfCredentials,
} from "./vault_store.ts";

export { findUnchecked } from "./due_store.ts";

/** Tokens issued by a provider. Only `envelope` contains their secret part. */
export type Credential = Known & {
  id: string;
  /** The provider's id. */
  provider: string;
  ownerId: string | null;
  /** The provider's name for the account, sanitized for display. */
  label: string;
  /** The public half of the token; null if it has none. */
  tokenId: string | null;
  /** The provider's id of the account; null if it has none. */
  account: string | null;
  scopes: string[];
  /** The health last announced; `healthOf` computes the present one. */
  health: TokenHealth;
  lastRefreshedAt: Date | null;
  lastFailure: string | null;
  createdAt: Date;
  /** Incremented by each change. */
  version: number;
  /** When the next refresh is due; null if the tokens cannot or need not be refreshed. */
  refreshAt: Date | null;
  /** The end of an instance's claim to refresh it; see `claimRefresh`. */
  claimedUntil: Date | null;
  /** When the health changes next by time alone. */
  changesAt: Date | null;
  /** Undefined after revocation. */
  envelope: Envelope | undefined;
};

/** The credential does not exist or the caller may not see it. One error for both, so that ids cannot be probed. */
export class CredentialNotFound extends AuthError {
  readonly code = "CREDENTIAL_NOT_FOUND";
  constructor() {
    super("Cannot find this credential: it does not exist, or belongs to another user", {
      actionRequired: "Check the id",
    });
  }
}

export function presentHealth(
  { now, refreshHorizonSeconds }: HasClock & HasRefreshHorizon,
  credential: Known,
): TokenHealth {
  return healthOf(credential, now(), refreshHorizonSeconds);
}

type VaultTx = Tx<HasDatabase & HasClock & HasKeys & HasRefreshHorizon>;

/** The input for a new credential. `secret` is stored as JSON, and `reveal` returns it. */
export type NewCredential =
  & Pick<Credential, "provider" | "ownerId" | "label" | "tokenId" | "account" | "scopes" | "expiresAt">
  & {
    /** Set if the provider has just issued the tokens, so they are valid. Null if older or not verified yet. */
    issuedAt: Date | null;
    hasRefreshToken: boolean;
    secret: Secret<unknown>;
  };

/**
 * Returns and locks the owner's credential with the same token or account, unless it is revoked. Until the transaction
 * ends, other transactions cannot store a credential of this identity, so two concurrent ones become one credential.
 */
export async function lockStored(
  tx: Tx<HasDatabase>,
  identity: Identity,
): Promise<Credential | undefined> {
  if (!identity.tokenId && !identity.account) return undefined;
  await lockIdentity(tx.db, identity);
  return await findLiveCredential(tx.db, identity);
}

/** Longer than any e-mail address. */
const LONGEST_LABEL = 320;

/**
 * Seals and stores tokens. Replaces the owner's credential with the same token or account, if there is one, and keeps
 * its id. The health is computed if the provider has just issued the tokens. Otherwise it is the previous health, or
 * UNKNOWN.
 *
 * @throws Unauthenticated if the owner was deleted.
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
 * Updates a locked credential with the facts in `learned`, and records `credential.health_changed` if its health
 * differs from the last announced. `reason` is a short text for the event.
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

/** Returns the credential. Throws `CredentialNotFound` if it does not exist or the caller may not see it. */
export async function getCredential(
  services: HasDatabase,
  caller: Caller,
  id: string,
): Promise<Credential> {
  return visible(caller, isId("crd", id) ? await findCredential(services.db, id) : undefined);
}

/**
 * Returns and locks the credential, for its owner or an operator with `role`.
 *
 * @throws CredentialNotFound if the credential does not exist or the caller may not see it.
 * @throws Forbidden if the caller may see the credential but lacks the role.
 */
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
 * Deletes the secret and marks the credential REVOKED. `atProvider` says whether the provider revoked it too. `note`, a
 * message for the owner, is stored as its last failure. Idempotent.
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

function subjectsOf(credential: Credential) {
  return { credentialId: credential.id, userId: credential.ownerId };
}
