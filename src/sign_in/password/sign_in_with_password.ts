import { type Caller, originOf } from "../../operations/caller.ts";
import { knownBy } from "../../accounts/devices/known_caller.ts";
import { AuthError, Overloaded } from "../../lib/errors.ts";
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
import { type HasSessionIssuer, issueSession, type SignedIn } from "../../accounts/sessions/issue_session.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { type Identifier, parseIdentifier } from "../../accounts/users/names.ts";
import { NOBODYS_HASH, provesWhole } from "../../lib/password_hash.ts";
import { type PasswordTries, passwordTries, reserveOf } from "./password_tries.ts";
import { PASSWORD, PASSWORD_LIMITS } from "./password_terms.ts";
import { matchingForm } from "./presented_password.ts";
import { findCandidate, setPasswordHash, type SignInCandidate } from "./password_store.ts";

/** Nobody has this name and this password. One error on purpose: the caller must not learn which was wrong. */
export class InvalidCredentials extends AuthError {
  readonly code = "INVALID_CREDENTIALS";
  constructor() {
    super("Cannot sign in: the name or the password is wrong", {
      actionRequired: "Check both, or ask for a new password",
    });
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
  & HasSessionIssuer
  & HasMetrics
  & HasRevokedSessions;

/**
 * Signs in with a password, by username or by an e-mail address that was verified. A hash that is weaker than new ones
 * is replaced, if it has proven the whole password. Throws `InvalidCredentials` for an unknown name, a wrong password
 * and a disabled user alike, after the same number of hashes and queries; `RateLimited` after too many of either kind;
 * `Overloaded`.
 */
export async function signInWithPassword(
  services: SignInServices,
  caller: Caller,
  input: SignInWithPassword,
): Promise<SignedIn> {
  const { ipAddress } = caller;
  const identifier = parseIdentifier(input.identifier);
  const candidate = await findCandidate(services.db, identifier, ipAddress);
  const tries = passwordTries(identifier, input.identifier, candidate?.userId);
  checkSignIns(services, caller, candidate?.userId);
  const isChecked = await admit(services, caller, candidate, tries);
  const hash = isChecked && candidate?.passwordHash || NOBODYS_HASH;
  const from = { ipAddress, account: tries.accountKey };
  const password = await matchingForm(services.passwords, hash, input.password, from).catch(
    async (error) => {
      // The password was not looked at: the try does not count.
      if (error instanceof Overloaded) await services.limits.refund([tries.name, tries.account]);
      throw error;
    },
  );
  const right = password !== undefined && candidate?.passwordHash === hash;
  const signedIn = right && !candidate.disabled
    ? await issue(services, caller, candidate, tries, hash, input.transport) ??
      await issueAfterRehash(services, caller, identifier, { ...input, password, hash })
    : undefined;
  if (!signedIn || password === undefined) return await reject(services, caller, candidate, isChecked);
  services.count("signIns");
  await noteSignIn(services, caller, signedIn.session.userId);
  services.wakeLog();
  await leaveGuest(services, caller, signedIn);
  if (services.passwords.isWeak(hash) && provesWhole(hash, password)) {
    await rehash(services, caller, signedIn.session.userId, password, hash);
  }
  return signedIn;
}

/**
 * Counts the try by the name, whether anybody has it or not, and by the account; by the client address a wrong one is
 * counted. A name or an address that is used up throws. An account that is used up under its other name does not, or
 * the answers would tell which two names are one account's: the password is then not checked, until the name's own
 * tries are used up as well. A device or an address that is known to the owner has a reserve: neither guesses from
 * elsewhere nor those of a neighbour keep the owner out. Returns whether the password is checked.
 */
async function admit(
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
): Promise<SignedIn | undefined> {
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
 * A sign-in at the same time may have replaced the weak hash that the password was right for: then it counts against
 * the new one. After any other change it is wrong.
 */
async function issueAfterRehash(
  services: SignInServices,
  caller: Caller,
  identifier: Identifier,
  { password, hash, transport }: { password: string; hash: string; transport: SessionTransport },
): Promise<SignedIn | undefined> {
  if (!services.passwords.isWeak(hash)) return undefined;
  const candidate = await findCandidate(services.db, identifier, caller.ipAddress);
  const better = candidate?.passwordHash;
  if (!candidate || !better || better === hash) return undefined;
  const tries = passwordTries(identifier, "", candidate.userId);
  const from = { ipAddress: caller.ipAddress, account: tries.accountKey };
  if (!await services.passwords.verify(better, password, from)) return undefined;
  return await issue(services, caller, candidate, tries, better, transport);
}

/** Records the rejection, which commits, and then throws. */
async function reject(
  services: SignInServices,
  caller: Caller,
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
  await logEvent(services, "password.rejected", originOf(caller), subjects, { reason });
  await services.limits.chargeEach([[PASSWORD_LIMITS.passwordPerAddress, caller]]);
  throw new InvalidCredentials();
}

/** A guest who signs in to an account is a guest no more. */
async function leaveGuest(services: SignInServices, caller: Caller, { session }: SignedIn): Promise<void> {
  if (!guestOf(caller)) return;
  const origin = { ...originOf(caller), actor: `user:${session.userId}` as const };
  await inTransaction(services, async (tx) => {
    const guest = await liveGuestOf(tx, caller);
    if (guest) await endGuest(tx, origin, guest, session);
  });
}

/** A better hash, now that the password is at hand. Without it the old one goes on working. */
async function rehash(
  { db, passwords }: SignInServices,
  { ipAddress }: Caller,
  userId: string,
  password: string,
  old: string,
): Promise<void> {
  const from = { ipAddress, account: `user ${userId}` };
  const better = await passwords.hash(password, from).catch(() => undefined);
  if (better) await setPasswordHash(db, userId, better, old);
}
