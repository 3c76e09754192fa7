import { type NewEvent, newEvent, type Origin } from "../../../events/events.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { equalBytes } from "../../../lib/crypto.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import { type Authentication, verifyAuthentication } from "./authentication.ts";
import { findPasskey } from "./passkey_store.ts";
import { type OwnedPasskey, userHandle } from "./passkeys.ts";
import type { Refusal } from "./refusal.ts";
import type { HasRelyingParty } from "./relying_party.ts";
import { credentialIdOf, userHandleOf } from "./response_json.ts";

/** A verified response to a challenge, and the passkey that signed it. */
export type Assertion = { passkey: OwnedPasskey; use: Authentication };

/** Why a response was refused, and the owner of the passkey if it is known. */
type Refused = { refused: Refusal | "unknown_credential" | "user_handle"; userId?: string };

/**
 * Verifies an untrusted response of `navigator.credentials.get()`. Accepts any passkey, or only those of
 * `expectedUserId`. The response must contain the user handle of the passkey's owner; with `expectedUserId`, it may
 * omit the handle. The handle of an imported passkey may be unknown, then any is accepted. Changes nothing.
 */
export async function verifyAssertion(
  { db, relyingParty }: HasDatabase & HasRelyingParty,
  challenge: string,
  response: unknown,
  expectedUserId?: string,
): Promise<Assertion | Refused> {
  const credentialId = credentialIdOf(response);
  if (credentialId === undefined) return { refused: "malformed" };
  const passkey = await findPasskey(db, credentialId);
  const userId = expectedUserId ?? passkey?.userId;
  if (!passkey || passkey.userId !== userId) return { refused: "unknown_credential" };
  if (!hasOwnHandle(passkey, userHandleOf(response), expectedUserId !== undefined)) {
    return { refused: "user_handle", userId };
  }
  const use = await verifyAuthentication(relyingParty(), challenge, passkey, response);
  return "refused" in use ? { ...use, userId } : { passkey, use };
}

/**
 * Whether the handle in a response is the one of the passkey. The signature does not cover the handle, and the
 * credential id finds the owner, so a passkey with an unknown handle is as safe as others.
 */
function hasOwnHandle(passkey: OwnedPasskey, handle: Uint8Array | undefined, isOptional: boolean): boolean {
  const own = passkey.userHandle ?? userHandle(passkey.userId);
  if (own.length === 0) return true;
  return handle ? equalBytes(handle, own) : isOptional;
}

/** Returns the event that warns of a copy of the passkey; none if its counter grew. */
export function copyWarnings(
  services: HasClock,
  origin: Origin,
  { passkey: { userId, factorId, counter: last }, use: { counter, counterWentBack } }: Assertion,
): NewEvent[] {
  if (!counterWentBack) return [];
  return [newEvent(services, "factor.counter_went_back", origin, { userId }, { factorId, last, counter })];
}
