import { idBytes, newId } from "../../../lib/ids.ts";
import type { FactorToAdd } from "../add_factor.ts";
import type { NewPasskey } from "./registration.ts";

/** Store functions. The caller must check permissions first. */
export { notingUse, type OwnedPasskey, passkeysOf } from "./passkey_store.ts";

/** Returns the user handle that authenticators store (WebAuthn level 3 §4): the bytes of the user's id. */
export function userHandle(userId: string): Uint8Array {
  return idBytes(userId);
}

/** The name of a passkey without one of its own. */
export const PASSKEY_NAME = "Passkey";

/** Builds the factor of a new passkey. */
export function passkeyFactor(
  { credentialId, publicKey, counter, transports, backedUp }: NewPasskey,
  name = PASSKEY_NAME,
): FactorToAdd {
  return {
    id: newId("fct"),
    kind: "PASSKEY",
    name,
    credential_id: credentialId,
    public_key: publicKey,
    counter: String(counter),
    transports,
    synced: backedUp,
  };
}
