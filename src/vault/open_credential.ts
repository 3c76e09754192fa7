import { AuthError } from "../lib/errors.ts";
import type { Secret } from "../lib/secret.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import { CannotOpen } from "../platform/keys/seal.ts";
import { openSecret } from "./envelope.ts";
import type { Credential } from "./vault.ts";

/** The tokens are revoked, refused, expired or unreadable; the user must authorise again. */
export class ReauthorizationRequired extends AuthError {
  readonly code = "REAUTHORIZATION_REQUIRED";
}

/**
 * Returns the secret of a credential.
 *
 * @throws ReauthorizationRequired if it was revoked or is damaged, or its root secret is not configured.
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

/** Returns the secret of a credential, or undefined if it cannot be opened. */
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

/** The context that a credential's secret is sealed for. */
export function contextOf(credential: Pick<Credential, "id" | "ownerId" | "provider">) {
  return { credentialId: credential.id, ownerId: credential.ownerId, provider: credential.provider };
}
