import type { Caller } from "../../operations/caller.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { type Acquaintance, findAcquaintance } from "../users/users.ts";
import { emailSubject, userSubject } from "./devices.ts";

/** How a caller is known to the owner of an account: what their reserve is counted by. */
export type KnownBy = { device: boolean; key: string };

/**
 * Tells by which device or address the caller is known to the account's owner; undefined for a stranger. The work is
 * the same when there is no account. `emailKey` is an address that the account has proven, or that no account has.
 */
export function knownBy(
  { device, ipAddress }: Pick<Caller, "device" | "ipAddress">,
  account: Acquaintance | undefined,
  emailKey: string | null,
): KnownBy | undefined {
  const since = account?.devicesForgottenAt ?? null;
  const byUser = device?.nonceOf(userSubject(account?.userId ?? ""), since);
  const byEmail = device?.nonceOf(emailSubject(emailKey ?? ""), since);
  const nonce = byUser ?? byEmail;
  if (nonce !== undefined) return { device: true, key: `device ${nonce}` };
  if (!account?.fromKnownAddress || ipAddress === null) return undefined;
  return { device: false, key: addressBlock(ipAddress) };
}

/** The same for the account that has proven an address. */
export async function knownByEmail(
  { db }: HasDatabase,
  caller: Pick<Caller, "device" | "ipAddress">,
  emailKey: string,
): Promise<KnownBy | undefined> {
  return knownBy(caller, await findAcquaintance(db, emailKey, caller.ipAddress), emailKey);
}
