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

/** The page where a person connects Modal; an operator does it in the terminal, or by `modal login`. */
export function modalConnectUrl(
  { publicUrl }: HasPublicUrl,
  { ownerId }: Pick<Credential, "ownerId">,
): string | null {
  return ownerId === null ? null : `${publicUrl()}/#accounts`;
}

/** A Modal token as the vault seals it, and as the reveal gives it back. */
export function sealable(token: ModalToken): Secret<{ tokenId: string; tokenSecret: string }> {
  return new Secret({ tokenId: token.tokenId, tokenSecret: token.tokenSecret.reveal() });
}

/**
 * The Modal token in a credential. Throws `CredentialNotFound` for another provider's, or `ReauthorizationRequired`.
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
 * Tries a token with real calls: ClientHello, which fails for a token that does not work, and TokenInfoGet for
 * what it is. Throws `ModalRejected` or `ModalUnreachable`.
 */
export async function checkToken(modal: ModalApi, token: ModalToken): Promise<Answer<ModalTokenInfo>> {
  const hello = await modal.hello(token);
  const info = await modal.tokenInfo(token);
  return { value: info.value, warnings: [...hello.warnings, ...info.warnings] };
}

/** Whether Modal said that the token itself is no good, rather than something about the call. */
export function isBadToken(error: unknown): error is ModalRejected {
  return error instanceof ModalRejected && error.reason === "bad_token";
}

export type Verified = { credential: Credential; info: ModalTokenInfo };

/**
 * Asks Modal whether a stored token works, and notes what it says: label, end, health. A token that Modal
 * refuses becomes REAUTHORIZATION_REQUIRED. Throws what Modal answered (`ModalRejected`, `ModalUnreachable`),
 * `CredentialNotFound`, `Forbidden` or `ReauthorizationRequired`.
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

/** Notes that Modal confirmed the token, what it said of it, and that somebody asked. */
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

/** Notes that Modal confirmed the token, and what it said of it. */
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

/** Notes that Modal refused the token or could not be asked; only the former says anything about its health. */
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
 * Takes over a token that somebody has already: tried with Modal first, stored only when it works. The same token
 * imported again takes the place of the one stored before. Throws `InvalidInput` for half a pair or swapped
 * halves, and what Modal answers.
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

/** Far above the length of Modal's tokens, far below what would burden anyone. */
const LONGEST_HALF = 200;

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
    half.startsWith(prefix) && half.length <= LONGEST_HALF && /^[A-Za-z0-9-]+$/.test(half);
  if (!wellFormed(token.tokenId, "ak-") || !wellFormed(tokenSecret, "as-")) {
    throw new InvalidInput("Cannot import this token: the id begins with ak- and the secret with as-");
  }
}

/** Modal's API has no call that revokes a token, so a person has to. */
const REVOKED_HERE_ONLY =
  "Revoked here only: Modal offers no call for it, so delete the token at https://modal.com/settings/tokens";

/**
 * Destroys the stored token and marks the credential REVOKED; its `lastFailure` says that the token still works
 * at Modal until it is deleted there. Throws `CredentialNotFound` or `Forbidden`.
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
