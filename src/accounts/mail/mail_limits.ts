import { LIMITS } from "../../operations/limits/general_limits.ts";
import type { Caller } from "../../operations/caller.ts";
import { type KnownBy, knownByEmail } from "../devices/known_caller.ts";
import type { Charge, HasLimits, KeyedCharge, Limit } from "../../operations/limits/limits.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";

/**
 * Charges a mail to `caller`, to its recipient and to `others`. Each `purpose` has its own counters. If the
 * recipient's limit is exceeded, callers known to the recipient have a reserve; for known devices it also
 * replaces the address limit. So attackers cannot use up the limits to keep codes or links from their owner.
 * Returns whether the limits show an attack on the recipient: the mail should then carry `deviceLink`.
 *
 * @throws `RateLimited` if a limit is exceeded. Nothing is charged then.
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

/** The limits for which a known device has a reserve. */
const HAVE_RESERVE: readonly Limit[] = [LIMITS.mailPerRecipient, LIMITS.mailPerAddress];

/**
 * Returns when `chargeMail` will next accept these arguments; undefined for now. To a caller with a reserve,
 * the time reveals that the recipient knows the caller, but only while a limit is exceeded, and a mail
 * request would reveal the same.
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

/** Returns the counters of mails to an address. */
export function mailCountersOf(purposes: readonly string[], emailKey: string): KeyedCharge[] {
  return [
    ...purposes.map((purpose) => recipientOf(purpose, emailKey)),
    [LIMITS.codePerAccount, { key: emailKey }],
  ];
}

function recipientOf(purpose: string, emailKey: string): KeyedCharge {
  return [LIMITS.mailPerRecipient, { key: `${purpose} ${emailKey}` }];
}

function reserveOf(purpose: string, emailKey: string, { key }: KnownBy): Charge {
  return [LIMITS.mailPerKnownAddress, { key: `${purpose} ${emailKey}`, from: key }];
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one && other ? (one > other ? one : other) : one ?? other;
}
