import type { Caller } from "../../operations/caller.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { findKnownCallerFacts, type KnownCallerFacts } from "../users/users.ts";
import { emailSubject, userSubject } from "./devices.ts";

/** How the owner of an account knows the caller: by device or by network. `key` counts the reserve. */
export type KnownBy = { device: boolean; key: string };

/**
 * Returns the device or network by which the account's owner knows the caller; undefined for an unknown
 * caller. Does the same work if there is no account. `emailKey` must be verified by this account or by no
 * account.
 */
export function knownBy(
  { device, ipAddress }: Pick<Caller, "device" | "ipAddress">,
  account: KnownCallerFacts | undefined,
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

/** Does the same for the account that has verified the address. */
export async function knownByEmail(
  { db }: HasDatabase,
  caller: Pick<Caller, "device" | "ipAddress">,
  emailKey: string,
): Promise<KnownBy | undefined> {
  return knownBy(caller, await findKnownCallerFacts(db, emailKey, caller.ipAddress), emailKey);
}
