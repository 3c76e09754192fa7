import type { Caller } from "../caller.ts";
import { addressBlock } from "../limits/address_block.ts";
import type { Charge } from "../limits/limits.ts";
import type { Services } from "../services.ts";
import { isKnownAddress } from "../users/users.ts";

/** What a mail is for. Each is counted by itself: who uses up the one does not keep the other from anybody. */
export type MailPurpose = "registration" | "verification" | "password reset" | "code";

/**
 * Counts a mail that `caller` asks for, against them and against its recipient, with `others`. When the recipient's
 * are used up, a caller from an address that the recipient has signed in from has a reserve: nobody can use the limit
 * to keep a code or a link from its owner. Throws `RateLimited`, and has counted nothing then.
 */
export async function chargeMail(
  { db, limits }: Pick<Services, "db" | "limits">,
  caller: Caller,
  purpose: MailPurpose,
  emailKey: string,
  others: readonly Charge[] = [],
): Promise<void> {
  const { recipient, reserve } = subjectsOf(caller, purpose, emailKey);
  const asked: Charge[] = [...others, ["mailPerAddress", caller]];
  const refused = await limits.chargeEach([...asked, ["mailPerRecipient", recipient]]);
  if (!refused) return;
  const { limit, error } = refused;
  if (limit !== "mailPerRecipient" || !await isKnownAddress(db, emailKey, caller.ipAddress)) throw error;
  const exhausted = await limits.chargeEach([...asked, ["mailPerKnownAddress", reserve]]);
  if (exhausted) throw exhausted.error;
}

/**
 * When `chargeMail` takes the next one, with `others` as there, if it does not now. A caller with a reserve learns
 * from it that the recipient has signed in from their address: no more than asking for the mail would tell them, and
 * only when the recipient's are used up.
 */
export async function nextMailAt(
  { db, limits }: Pick<Services, "db" | "limits">,
  caller: Caller,
  purpose: MailPurpose,
  emailKey: string,
  others: readonly Charge[] = [],
): Promise<Date | undefined> {
  const { recipient, reserve } = subjectsOf(caller, purpose, emailKey);
  const [byOthers, byRecipient] = await Promise.all([
    limits.nextAt([...others, ["mailPerAddress", caller]]),
    limits.nextAt([["mailPerRecipient", recipient]]),
  ]);
  if (!byRecipient || !await isKnownAddress(db, emailKey, caller.ipAddress)) {
    return latest(byOthers, byRecipient);
  }
  const byReserve = await limits.nextAt([["mailPerKnownAddress", reserve]]);
  return latest(byOthers, byReserve && (byReserve < byRecipient ? byReserve : byRecipient));
}

function subjectsOf({ ipAddress }: Caller, purpose: MailPurpose, emailKey: string) {
  const key = `${purpose} ${emailKey}`;
  const neighbourhood = ipAddress === null ? "" : addressBlock(ipAddress);
  return { recipient: { key }, reserve: { key: `${key} ${neighbourhood}` } };
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other ? (one > other ? one : other) : one ?? other;
}
