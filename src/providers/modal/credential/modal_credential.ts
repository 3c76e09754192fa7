import { MODAL } from "../modal_terms.ts";
import {
  type Caller,
  hasRole,
  originOf,
  ownerOf,
  refusal,
  refuseGuests,
} from "../../../operations/caller.ts";
import { AuthError, InvalidInput } from "../../../lib/errors.ts";
import { type Origin, recordEvent } from "../../../events/events.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { requireLiveSession } from "../../../accounts/sessions/live_session.ts";
import {
  type Credential,
  CredentialNotFound,
  getCredential,
  lockCredential,
  lockCredentialFor,
  noteCredential,
  revokeLocally,
  storeCredential,
} from "../../../vault/vault.ts";
import { openCredential } from "../../../vault/open_credential.ts";
import {
  type Answer,
  type HasModal,
  type ModalApi,
  ModalRejected,
  type ModalToken,
  type ModalTokenInfo,
} from "../api/modal_api.ts";

type CredentialServices = HasClock & HasEventLog & HasRefreshHorizon & HasKeys & HasModal;

/**
 * URL of the page where users connect Modal. Operators connect it in the terminal or with `modal login`, so theirs is
 * null.
 */
export function modalConnectUrl(
  { publicUrl }: HasPublicUrl,
  { ownerId }: Pick<Credential, "ownerId">,
): string | null {
  return ownerId === null ? null : `${publicUrl()}/#accounts`;
}

/** The secret as the vault seals and reveals it. */
export function sealable(token: ModalToken): Secret<{ tokenId: string; tokenSecret: string }> {
  return new Secret({ tokenId: token.tokenId, tokenSecret: token.tokenSecret.reveal() });
}

/**
 * Opens the Modal token of a credential.
 *
 * @throws CredentialNotFound for a credential of another provider.
 * @throws ReauthorizationRequired if the token was destroyed or cannot be opened.
 */
export function modalTokenOf(keys: HasKeys["keys"], credential: Credential): ModalToken {
  if (credential.provider !== MODAL) throw new CredentialNotFound();
  const secret = openCredential(keys, credential).reveal() as {
    tokenId: string;
    tokenSecret: string;
  };
  return { tokenId: secret.tokenId, tokenSecret: new Secret(secret.tokenSecret) };
}

/**
 * Checks a token with real calls: ClientHello, which fails if the token does not work, and TokenInfoGet for its
 * description.
 *
 * @throws ModalRejected or ModalUnreachable.
 */
export async function checkToken(modal: ModalApi, token: ModalToken): Promise<Answer<ModalTokenInfo>> {
  const hello = await modal.hello(token);
  const info = await modal.tokenInfo(token);
  return { value: info.value, warnings: [...hello.warnings, ...info.warnings] };
}

/** Whether Modal rejected the token itself, not just the call. */
export function isBadToken(error: unknown): error is ModalRejected {
  return error instanceof ModalRejected && error.reason === "bad_token";
}

export type Verified = { credential: Credential; info: ModalTokenInfo };

/**
 * Checks a stored token at Modal and stores the result: label, expiry and health. A rejected token becomes
 * REAUTHORIZATION_REQUIRED.
 *
 * @throws ModalRejected or ModalUnreachable as Modal answers.
 * @throws CredentialNotFound, Forbidden or ReauthorizationRequired.
 */
export async function verifyModalCredential(
  services: CredentialServices,
  caller: Caller,
  id: string,
): Promise<Verified> {
  const credential = await getCredential(services, caller, id);
  if (caller.kind === "operator" && !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  const token = modalTokenOf(services.keys, credential);
  const origin = originOf(caller);
  try {
    const { value: info } = await checkToken(services.modal, token);
    return await inTransaction(services, async (tx) => {
      return { credential: await noteVerified(tx, origin, id, info), info };
    });
  } catch (error) {
    if (error instanceof AuthError) await inTransaction(services, (tx) => noteFailure(tx, origin, id, error));
    throw error;
  }
}

/**
 * Does the same as `noteConfirmed` and records `credential.verified`, for checks that a caller or a flow asked for.
 */
export async function noteVerified(
  tx: Tx<HasDatabase & HasClock & HasRefreshHorizon>,
  origin: Origin,
  credentialId: string,
  info: ModalTokenInfo,
): Promise<Credential> {
  const noted = await noteConfirmed(tx, origin, credentialId, info);
  const { provider, label, ownerId } = noted;
  recordEvent(tx, "credential.verified", origin, { credentialId, userId: ownerId }, { provider, label });
  return noted;
}

/**
 * Stores that Modal confirmed the token, with its label and expiry.
 *
 * @throws CredentialNotFound if the credential was deleted or revoked.
 */
export async function noteConfirmed(
  tx: Tx<HasDatabase & HasClock & HasRefreshHorizon>,
  origin: Origin,
  credentialId: string,
  info: ModalTokenInfo,
): Promise<Credential> {
  const credential = await lockCredential(tx.db, credentialId);
  if (!credential || credential.revokedAt) throw new CredentialNotFound();
  return await noteCredential(tx, origin, credential, {
    label: info.workspaceName || credential.label,
    expiresAt: info.expiresAt ?? null,
    lastCheckedAt: tx.now(),
    refused: false,
    lastFailure: null,
  }, "Modal confirmed the token");
}

/** Stores that the check failed. Only a rejected token changes the health; an unreachable Modal does not. */
export async function noteFailure(
  tx: Tx<HasDatabase & HasClock & HasRefreshHorizon>,
  origin: Origin,
  credentialId: string,
  error: AuthError,
): Promise<void> {
  const credential = await lockCredential(tx.db, credentialId);
  if (!credential || credential.revokedAt) return;
  const learned = {
    lastFailure: error.message,
    ...(isBadToken(error) ? { refused: true, lastCheckedAt: tx.now() } : {}),
  };
  await noteCredential(tx, origin, credential, learned, error.message);
}

/**
 * Imports an existing token. Checks it at Modal first and stores it only if it works. Importing the same token again
 * replaces the stored one.
 *
 * @throws InvalidInput if one half is missing or malformed, or the halves are swapped.
 * @throws ModalRejected or ModalUnreachable as Modal answers.
 * @throws Unauthenticated or Forbidden.
 */
export async function importModalCredential(
  services: CredentialServices,
  caller: Caller,
  token: ModalToken,
): Promise<Verified> {
  if (caller.kind !== "user" && !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  refuseGuests(caller);
  checkPair(token);
  const { value: info } = await checkToken(services.modal, token);
  const origin = originOf(caller);
  return await inTransaction(services, async (tx) => {
    await requireLiveSession(tx, caller);
    const stored = await storeCredential(tx, origin, {
      provider: MODAL,
      ownerId: ownerOf(caller),
      label: info.workspaceName || token.tokenId,
      tokenId: token.tokenId,
      account: null,
      scopes: [],
      issuedAt: null,
      expiresAt: info.expiresAt ?? null,
      hasRefreshToken: false,
      secret: sealable(token),
    });
    return { credential: await noteVerified(tx, origin, stored.id, info), info };
  });
}

/** Well above the length of Modal's tokens. */
const MAX_HALF_LENGTH = 200;

function checkPair(token: ModalToken): void {
  const tokenSecret = token.tokenSecret.reveal();
  if (!token.tokenId || !tokenSecret) {
    throw new InvalidInput(
      "Cannot import this token: it needs both halves, the id (ak-…) and the secret (as-…)",
    );
  }
  if (token.tokenId.startsWith("as-") || tokenSecret.startsWith("ak-")) {
    throw new InvalidInput("Cannot import this token: id and secret are swapped", "Give the id (ak-…) first");
  }
  const wellFormed = (half: string, prefix: string) =>
    half.startsWith(prefix) && half.length <= MAX_HALF_LENGTH && /^[A-Za-z0-9-]+$/.test(half);
  if (!wellFormed(token.tokenId, "ak-") || !wellFormed(tokenSecret, "as-")) {
    throw new InvalidInput("Cannot import this token: the id begins with ak- and the secret with as-");
  }
}

/** Modal's API cannot revoke a token, so the owner must delete it. */
const REVOKED_HERE_ONLY =
  "Revoked here only: Modal offers no call for it, so delete the token at https://modal.com/settings/tokens";

/**
 * Destroys the stored token and marks the credential REVOKED. Its `lastFailure` says that the token keeps working
 * until it is deleted at Modal.
 *
 * @throws CredentialNotFound or Forbidden.
 */
export function revokeModalCredential(
  services: HasClock & HasEventLog & HasRefreshHorizon,
  caller: Caller,
  id: string,
): Promise<Credential> {
  return inTransaction(services, async (tx) => {
    const credential = await lockCredentialFor(tx, caller, id);
    return await revokeLocally(tx, originOf(caller), credential, {
      atProvider: false,
      note: REVOKED_HERE_ONLY,
    });
  });
}
