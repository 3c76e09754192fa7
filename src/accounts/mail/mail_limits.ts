import { LIMITS } from "../../operations/limits/general_limits.ts";
import type { Caller } from "../../operations/caller.ts";
import { type KnownBy, knownByEmail } from "../devices/known_caller.ts";
import type { Charge, HasLimits, Limit } from "../../operations/limits/limits.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";

/**
 * Counts a mail that `caller` asks for, against them and against its recipient, with `others`. When the recipient's
 * are used up, a caller who is known to the recipient has a reserve, and a known device has it beside its address's
 * limit too: nobody can use a limit to keep a code or a link from its owner. Returns whether the recipient is under
 * attack, as far as the limits tell: then the mail is to carry `deviceLink`. Mails of each `purpose` are counted by
 * themselves. Throws `RateLimited`, and has counted
 * nothing then.
 */
export async function chargeMail(
  { db, limits }: HasDatabase & HasLimits,
  caller: Caller,
  purpose: string,
  emailKey: string,
  others: readonly Charge[] = [],
): Promise<boolean> {
  const recipient = recipientOf(purpose, emailKey);
  const byAddress: Charge = [LIMITS.mailPerAddress, caller];
  const codes: Charge = [LIMITS.codePerAccount, { key: emailKey }];
  const { refused, shareOf } = await limits.chargeWith([...others, byAddress, recipient], { watched: codes });
  if (!refused) return shareOf(recipient) > 0.5 || shareOf(codes) > 1;
  const { limit, error } = refused;
  const known = HAVE_RESERVE.includes(limit) ? await knownByEmail({ db }, caller, emailKey) : undefined;
  if (!known || (limit === LIMITS.mailPerAddress && !known.device)) throw error;
  const exhausted = await limits.chargeEach([
    ...others,
    ...(known.device ? [] : [byAddress]),
    reserveOf(purpose, emailKey, known),
  ]);
  if (exhausted) throw exhausted.error;
  return true;
}

/** The limits that a known device has a reserve beside. */
const HAVE_RESERVE: readonly Limit[] = [LIMITS.mailPerRecipient, LIMITS.mailPerAddress];

/**
 * When `chargeMail` takes the next one, with `others` as there, if it does not now. A caller with a reserve learns
 * from it that they are known to the recipient: no more than asking for the mail would tell them, and only when a
 * limit is used up.
 */
export async function nextMailAt(
  { db, limits }: HasDatabase & HasLimits,
  caller: Caller,
  purpose: string,
  emailKey: string,
  others: readonly Charge[] = [],
): Promise<Date | undefined> {
  const [byOthers, byAddress, byRecipient] = await Promise.all([
    limits.nextAt(others),
    limits.nextAt([[LIMITS.mailPerAddress, caller]]),
    limits.nextAt([recipientOf(purpose, emailKey)]),
  ]);
  const refused = latest(byAddress, byRecipient);
  const known = refused && await knownByEmail({ db }, caller, emailKey);
  if (!known || (byAddress && !known.device)) return latest(byOthers, refused);
  const byReserve = await limits.nextAt([reserveOf(purpose, emailKey, known)]);
  return latest(byOthers, byReserve && (byReserve < refused ? byReserve : refused));
}

function recipientOf(purpose: string, emailKey: string): Charge {
  return [LIMITS.mailPerRecipient, { key: `${purpose} ${emailKey}` }];
}

function reserveOf(purpose: string, emailKey: string, { key }: KnownBy): Charge {
  return [LIMITS.mailPerKnownAddress, { key: `${purpose} ${emailKey} ${key}` }];
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other ? (one > other ? one : other) : one ?? other;
}
