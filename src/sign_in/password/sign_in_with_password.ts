import { type Caller, originOf } from "../../operations/caller.ts";
import { knownBy } from "../../accounts/devices/known_caller.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { AuthError, Overloaded, type RefusalNote } from "../../lib/errors.ts";
import { logEvent, newEvent, type Origin } from "../../events/events.ts";
import { endGuest, guestOf, liveGuestOf } from "../guests/guests.ts";
import { checkSignIns, noteSignIn } from "../../operations/limits/sign_in_allowance.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasPasswords } from "./hash_queue.ts";
import type { HasAllowances } from "../../operations/limits/allowances.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import {
  type HasSessionIssuer,
  issueSession,
  type SignedIn,
  type SignInOutcome,
} from "../../accounts/sessions/issue_session.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { subjectHash } from "../../accounts/refusals/subject_hash.ts";
import { type Identifier, parseIdentifier } from "../../accounts/users/names.ts";
import { DUMMY_HASH, provesWhole } from "../../lib/password_hash.ts";
import { type PasswordTries, passwordTries, reserveOf } from "./password_tries.ts";
import { PASSWORD, PASSWORD_LIMITS } from "./password_terms.ts";
import { matchingForm } from "./presented_password.ts";
import { findCandidate, setPasswordHash, type SignInCandidate } from "./password_store.ts";

/** The name or the password is wrong. One error for both, so that it does not reveal accounts. */
export class InvalidCredentials extends AuthError {
  readonly code = "INVALID_CREDENTIALS";
  constructor(note: RefusalNote = {}) {
    super("Cannot sign in: the name or the password is wrong", {
      actionRequired: "Check both, or ask for a new password",
    });
    this.note = note;
  }
}

export type SignInWithPassword = { identifier: string; password: string; transport: SessionTransport };

type SignInServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasAllowances
  & HasPasswords
  & HasRandom
  & HasSessionIssuer
  & HasMetrics
  & HasRevokedSessions;

/**
 * Signs in with a password, by username or verified e-mail address. Replaces a hash that is weaker than new
 * ones, if it has proven the whole password.
 *
 * @throws `InvalidCredentials` for an unknown name, a wrong password or a disabled user, each after the same number of
 * hashes and queries; `RateLimited` after too many attempts, known name or not; `Overloaded`.
 */
export async function signInWithPassword(
  services: SignInServices,
  caller: Caller,
  input: SignInWithPassword,
): Promise<SignInOutcome> {
  const { ipAddress } = caller;
  const identifier = parseIdentifier(input.identifier);
  const candidate = await findCandidate(services.db, identifier, ipAddress);
  const tries = passwordTries(identifier, input.identifier, candidate?.userId);
  checkSignIns(services, caller, candidate?.userId);
  const isChecked = await chargeAttempt(services, caller, candidate, tries);
  const hash = isChecked && candidate?.passwordHash || DUMMY_HASH;
  const from = { ipAddress, account: tries.accountKey };
  const password = await matchingForm(services.passwords, hash, input.password, from).catch(
    async (error) => {
      // The password was not checked, so the attempt does not count.
      if (error instanceof Overloaded) await services.limits.refund([tries.name, tries.account]);
      throw error;
    },
  );
  const matches = password !== undefined && candidate?.passwordHash === hash;
  // Before a challenge starts, because it relies on the stored hash.
  const stored = matches && candidate.hasFactors
    ? await strengthened(services, caller, candidate.userId, password, hash)
    : hash;
  const outcome = matches && !candidate.disabled
    ? await issue(services, caller, candidate, tries, stored, input.transport) ??
      await issueAfterRehash(services, caller, identifier, { ...input, password, hash })
    : undefined;
  if (!outcome || !candidate || password === undefined) {
    return await reject(services, caller, input.identifier, candidate, isChecked);
  }
  const { userId } = candidate;
  await noteSignIn(services, caller, userId);
  services.wakeLog();
  if ("challenge" in outcome) return outcome;
  services.count("signIns");
  await endCallingGuest(services, caller, outcome);
  await strengthened(services, caller, userId, password, stored);
  return outcome;
}

/**
 * Charges the attempt to the name, whether or not it exists, and to the account; checks the limit of the
 * client address, which only wrong passwords charge. An exceeded limit of the name or the address throws. An
 * exceeded limit of the account, reached through its other name, does not throw, because that would reveal
 * that both names belong to one account; instead the password is not checked. Devices and networks known to
 * the owner have a reserve, so attempts by others do not lock the owner out. Returns whether the password is
 * checked.
 */
async function chargeAttempt(
  { limits }: SignInServices,
  caller: Caller,
  candidate: SignInCandidate | undefined,
  tries: PasswordTries,
): Promise<boolean> {
  const { refused, shareOf } = await limits.chargeWith([tries.name], {
    checked: [[PASSWORD_LIMITS.passwordPerAddress, caller]],
    silent: tries.account,
  });
  if (!refused && shareOf(tries.account) <= 1) return true;
  const known = knownBy(caller, candidate, candidate?.emailKey ?? null);
  const reserve = known ? await limits.chargeEach([reserveOf(tries, known)]) : refused;
  if (refused && reserve) throw reserve.error;
  return known !== undefined && !reserve;
}

async function issue(
  services: SignInServices,
  caller: Caller,
  { userId }: SignInCandidate,
  { name, account }: PasswordTries,
  checkedPasswordHash: string,
  transport: SessionTransport,
): Promise<SignInOutcome | undefined> {
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  const events = [newEvent(services, "password.accepted", origin, { userId }, {})];
  return await issueSession(services, origin, {
    userId,
    method: PASSWORD,
    transport,
    checked: { passwordHash: checkedPasswordHash },
    events,
    extraStatements: [services.limits.forgetting([name, account])],
  });
}

/**
 * A parallel sign-in may have replaced the weak hash that the password matched. Then the password is checked
 * against the new hash. After any other change the sign-in fails.
 */
async function issueAfterRehash(
  services: SignInServices,
  caller: Caller,
  identifier: Identifier,
  { password, hash, transport }: { password: string; hash: string; transport: SessionTransport },
): Promise<SignInOutcome | undefined> {
  if (!services.passwords.isWeak(hash)) return undefined;
  const candidate = await findCandidate(services.db, identifier, caller.ipAddress);
  const better = candidate?.passwordHash;
  if (!candidate || !better || better === hash) return undefined;
  const tries = passwordTries(identifier, "", candidate.userId);
  const from = { ipAddress: caller.ipAddress, account: tries.accountKey };
  if (!await services.passwords.verify(better, password, from)) return undefined;
  return await issue(services, caller, candidate, tries, better, transport);
}

/** Records the rejection, commits, then throws `InvalidCredentials`. */
async function reject(
  services: SignInServices,
  caller: Caller,
  typed: string,
  candidate: SignInCandidate | undefined,
  isChecked: boolean,
): Promise<never> {
  services.count("signInFailures");
  const reason = !candidate
    ? "unknown_user"
    : candidate.disabled
    ? "user_disabled"
    : isChecked
    ? "wrong_password"
    : "too_many_tries";
  const subjects = { userId: candidate?.userId ?? null };
  // Computed for every name, so that the time does not reveal which names exist.
  const subject = subjectHash(services.keys.current, typed);
  await logEvent(services, "password.rejected", originOf(caller), subjects, {
    reason,
    ...(!candidate && { subject }),
  });
  await services.limits.chargeEach([[PASSWORD_LIMITS.passwordPerAddress, caller]]);
  throw new InvalidCredentials({ recorded: true });
}

/** Ends the calling guest, after a sign-in to an account. */
async function endCallingGuest(
  services: SignInServices,
  caller: Caller,
  { session }: SignedIn,
): Promise<void> {
  if (!guestOf(caller)) return;
  const origin = { ...originOf(caller), actor: `user:${session.userId}` as const };
  await inTransaction(services, async (tx) => {
    const guest = await liveGuestOf(tx, caller);
    if (guest) await endGuest(tx, origin, guest, session);
  });
}

/** Replaces a weak hash if it covers the whole password. Returns the stored hash: the old one if nothing was replaced. */
async function strengthened(
  { db, passwords }: SignInServices,
  { ipAddress }: Caller,
  userId: string,
  password: string,
  old: string,
): Promise<string> {
  if (!passwords.isWeak(old) || !provesWhole(old, password)) return old;
  const from = { ipAddress, account: `user ${userId}` };
  const better = await passwords.hash(password, from).catch(() => undefined);
  return better && await setPasswordHash(db, userId, better, old) ? better : old;
}
