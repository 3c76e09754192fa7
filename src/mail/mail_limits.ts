import type { Caller } from "../caller.ts";
import { addressBlock } from "../limits/address_block.ts";
import type { Charge } from "../limits/limits.ts";
import type { Services } from "../services.ts";
import { isKnownAddress } from "../users/users.ts";

/** What a mail is for. Each is counted by itself: who uses up the one does not keep the other from anybody. */
export type MailPurpose = "registration" | "verification" | "password reset" | "code";

/**
 * Counts a mail that `caller` asks for, against them and against its recipient, after `before`. When the recipient's are used up, a
 * caller from an address that the recipient has signed in from has a reserve: nobody can use the limit to keep a code
 * or a link from its owner. Throws `RateLimited`.
 */
export async function chargeMail(
  { db, limits }: Pick<Services, "db" | "limits">,
  caller: Caller,
  purpose: MailPurpose,
  emailKey: string,
  before: readonly Charge[] = [],
): Promise<void> {
  const key = `${purpose} ${emailKey}`;
  const refused = await limits.chargeEach([
    ...before,
    ["mailPerAddress", caller],
    ["mailPerRecipient", { key }],
  ]);
  if (!refused) return;
  const { limit, error } = refused;
  if (limit !== "mailPerRecipient" || !await isKnownAddress(db, emailKey, caller.ipAddress)) throw error;
  const neighbourhood = caller.ipAddress === null ? "" : addressBlock(caller.ipAddress);
  await limits.charge("mailPerKnownAddress", { key: `${key} ${neighbourhood}` });
}
