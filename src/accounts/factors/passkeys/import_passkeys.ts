import { fromBase64Url, toBase64Url } from "../../../lib/crypto.ts";
import { InvalidInput } from "../../../lib/errors.ts";
import { parseFactorName } from "../factor_name.ts";
import type { ImportedFactor } from "../import_factors.ts";
import { PASSKEY_NAME } from "./passkeys.ts";
import { isUsableKey } from "./public_key.ts";
import { MOST_HANDLE_BYTES, MOST_ID_BYTES, transportsOf } from "./response_json.ts";

/** A passkey from another system. Its bytes are base64url or base64. */
export type ImportPasskey = {
  credentialId: string;
  /** A COSE_Key. */
  publicKey: string;
  counter: number;
  transports?: readonly string[] | null | undefined;
  name?: string | null | undefined;
  backedUp?: boolean | null | undefined;
  /** What the authenticator stores to find the user. Without it, any is accepted. */
  userHandle?: string | null | undefined;
  createdAt?: Date | null | undefined;
};

/** WebAuthn level 3 §6.1: the counter has 32 bits. */
const MOST_COUNTER = 2 ** 32 - 1;

/** Checks the passkeys of one user. Throws `InvalidInput`. */
export async function checkPasskeys(at: Date, given: readonly ImportPasskey[]): Promise<ImportedFactor[]> {
  const checked: ImportedFactor[] = [];
  for (const passkey of given) checked.push(await checkPasskey(at, passkey));
  if (new Set(checked.map(({ credential_id }) => credential_id)).size < checked.length) {
    throw new InvalidInput("passkeys has the same credentialId twice");
  }
  return checked;
}

async function checkPasskey(at: Date, passkey: ImportPasskey): Promise<ImportedFactor> {
  const { counter, name, backedUp, createdAt } = passkey;
  const credentialId = checkBytes("credentialId", passkey.credentialId, MOST_ID_BYTES);
  const publicKey = bytesOf(passkey.publicKey);
  if (!publicKey || !await isUsableKey(publicKey)) {
    throw new InvalidInput("the publicKey of a passkey is not a COSE key for ES256, EdDSA or RS256");
  }
  if (!Number.isInteger(counter) || counter < 0 || counter > MOST_COUNTER) {
    throw new InvalidInput("the counter of a passkey is not 0 to 4294967295");
  }
  const transports = transportsOf(passkey.transports);
  if (!transports) {
    throw new InvalidInput("the transports of a passkey are not a list such as internal, hybrid");
  }
  if (createdAt && !(createdAt.getTime() >= 0 && createdAt <= at)) {
    throw new InvalidInput("the createdAt of a passkey is not between 1970 and now");
  }
  return {
    kind: "PASSKEY",
    name: name == null ? PASSKEY_NAME : parseFactorName(name),
    created_at: createdAt ?? at,
    credential_id: toBase64Url(credentialId),
    public_key: publicKey,
    user_handle: passkey.userHandle == null
      ? new Uint8Array()
      : checkBytes("userHandle", passkey.userHandle, MOST_HANDLE_BYTES),
    counter: String(counter),
    transports,
    synced: backedUp ?? false,
  };
}

/** Returns the 1 to `most` bytes of the field. Throws `InvalidInput`. */
function checkBytes(field: string, text: string, most: number): Uint8Array {
  const bytes = bytesOf(text);
  if (bytes && bytes.length > 0 && bytes.length <= most) return bytes;
  throw new InvalidInput(`the ${field} of a passkey is not base64url of 1 to ${most} bytes`);
}

/** Decodes base64url or base64, because systems export both. Returns undefined for other texts. */
function bytesOf(text: string): Uint8Array | undefined {
  return fromBase64Url(text.replaceAll("+", "-").replaceAll("/", "_").replace(/={1,2}$/, ""));
}
