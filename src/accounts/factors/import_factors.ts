import { InvalidInput } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { seal } from "../../platform/keys/seal.ts";
import { distinctName } from "./factor_name.ts";
import { MOST_FACTORS } from "./factor_terms.ts";
import type { NewFactor } from "./factors.ts";
import { checkPasskeys, type ImportPasskey } from "./passkeys/import_passkeys.ts";
import { checkTotps, type ImportTotp } from "./totp/import_totp.ts";

/** The second factors of a user from another system. */
export type ImportFactors = {
  /** Authenticator apps. Sign-ins of the user then require a code of one of them. */
  totp?: readonly ImportTotp[] | null | undefined;
  /** Passkeys. The user signs in with one of them; other sign-ins then require a second factor. */
  passkeys?: readonly ImportPasskey[] | null | undefined;
};

/** A checked factor. `secret` is not sealed yet. */
export type ImportedFactor = Omit<NewFactor, "id" | "user_id"> & { secret?: string };

/**
 * Checks the factors of a new user, gives each a distinct name, and returns them as they are stored, with sealed
 * secrets. Throws `InvalidInput`, without a secret in its message.
 */
export async function importedFactors(
  { keys }: HasKeys,
  userId: string,
  at: Date,
  { totp, passkeys }: ImportFactors,
): Promise<NewFactor[]> {
  if ((totp?.length ?? 0) + (passkeys?.length ?? 0) > MOST_FACTORS) {
    throw new InvalidInput(`totp and passkeys have more than ${MOST_FACTORS} entries`);
  }
  const checked = [...checkTotps(at, totp ?? []), ...await checkPasskeys(at, passkeys ?? [])];
  const names = new Set<string>();
  return await Promise.all(checked.map(async ({ secret, ...factor }) => {
    const name = distinctName(factor.name, names);
    names.add(name);
    const row = { ...factor, name, id: newId("fct"), user_id: userId };
    if (secret === undefined) return row;
    return { ...row, root_key_id: keys.current.id, sealed: await seal(keys, "factor", row.id, secret) };
  }));
}
