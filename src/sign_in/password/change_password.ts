import { LIMITS } from "../../operations/limits/general_limits.ts";
import { PASSWORD_LIMITS } from "./password_terms.ts";
import { type Caller, originOf, personOf } from "../../operations/caller.ts";
import { deviceLink } from "../../accounts/devices/devices.ts";
import { CodeRejected } from "../../lib/errors.ts";
import { logEvent, type Origin, recordEvent } from "../../events/events.ts";
import { passwordChangedMail, passwordResetMail } from "../../accounts/links/link_mails.ts";
import {
  consumeLink,
  dropLinks,
  findLink,
  type HasLinkLifetimes,
  makeLink,
} from "../../accounts/links/links.ts";
import { enqueueMail, MailNotConfigured, type NewMail } from "../../accounts/mail/mail.ts";
import { chargeMail } from "../../accounts/mail/mail_limits.ts";
import { type MailRequest, requestMail, type WriterTx } from "../../accounts/mail/mail_request.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasPasswords } from "./hash_queue.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasClock } from "../../lib/clock.ts";
import { requireLiveSession } from "../../accounts/sessions/live_session.ts";
import { type EndReason, endSessions, type WhichSessions } from "../../accounts/sessions/sessions.ts";
import { parseEmail } from "../../accounts/users/names.ts";
import { findByVerifiedEmail, findUser, type User } from "../../accounts/users/users.ts";
import { DUMMY_HASH } from "../../lib/password_hash.ts";
import { matchingForm } from "./presented_password.ts";
import { acceptPassword, type HasPasswordPolicy } from "./password_policy.ts";
import { findPasswordHash, setPasswordHash } from "./password_store.ts";
import { passwordTriesOf } from "./password_tries.ts";
import { InvalidCredentials } from "./sign_in_with_password.ts";

type ChangeServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasPasswords
  & HasPasswordPolicy
  & HasMail
  & HasQueue
  & HasRevokedSessions;

/** How long the server tries to deliver the notice of a changed password. */
const NEWS_MS = 24 * 60 * 60 * 1000;

/**
 * Changes the caller's password and ends all the user's other sessions.
 *
 * @throws `InvalidCredentials` if the current password is wrong; `Unauthenticated` if the session has ended meanwhile;
 * `WeakPassword`, `InvalidInput`, `RateLimited` or `Overloaded`.
 */
export async function changePassword(
  services: ChangeServices,
  caller: Caller,
  input: { currentPassword: string; newPassword: string },
): Promise<void> {
  const { userId, sessionId } = personOf(caller);
  // Counted separately from sign-ins, so guesses made in a stolen session do not lock the owner out.
  const account = { key: `own ${userId}` };
  await services.limits.charge(PASSWORD_LIMITS.passwordPerAccount, account);
  const current = await findPasswordHash(services.db, userId);
  const { currentPassword } = input;
  const matched = await matchingForm(
    services.passwords,
    current ?? DUMMY_HASH,
    currentPassword,
    { ipAddress: caller.ipAddress, account: account.key },
  );
  if (matched === undefined || current === null) return await reject(services, caller, userId);
  await services.limits.forgetting([[PASSWORD_LIMITS.passwordPerAccount, account]]).execute();
  const hash = await newHash(services, caller, userId, input.newPassword);
  const kept = { userId, except: sessionId };
  await inTransaction(services, async (tx) => {
    await requireLiveSession(tx, caller);
    if (!await setPasswordHash(tx.db, userId, hash, current)) throw new InvalidCredentials();
    await noteChange(tx, originOf(caller), kept, "password_changed");
  });
}

async function reject(services: ChangeServices, caller: Caller, userId: string): Promise<never> {
  await logEvent(services, "password.rejected", originOf(caller), { userId }, { reason: "wrong_password" });
  throw new InvalidCredentials({ recorded: true });
}

/** Checks the new password and hashes it. Throws `WeakPassword`, `InvalidInput` or `Overloaded`. */
async function newHash(
  services: ChangeServices,
  { ipAddress }: Caller,
  userId: string,
  newPassword: string,
): Promise<string> {
  const user = await findUser(services.db, userId);
  const password = await acceptPassword(newPassword, services.leastPasswordCharacters, { ...user });
  return await services.passwords.hash(password, { ipAddress, account: `user ${userId}` });
}

/** Ends sessions, deletes reset links, records `password.changed` and mails a notice to the owner. */
async function noteChange(
  tx: Tx<ChangeServices>,
  origin: Origin,
  ended: WhichSessions & { userId: string },
  reason: Extract<EndReason, "password_changed" | "password_reset">,
): Promise<void> {
  const { userId } = ended;
  recordEvent(tx, "password.changed", origin, { userId }, { by: reason });
  await endSessions(tx, origin, ended, reason);
  await dropLinks(tx.db, "RESET_PASSWORD", userId, tx.now());
  const user = await findUser(tx.db, userId);
  if (!tx.mailConfigured || !user?.email || !user.emailVerifiedAt) return;
  const expiresAt = new Date(tx.now().getTime() + NEWS_MS);
  await enqueueMail(tx, { to: user.email, ...passwordChangedMail(), expiresAt, userId });
}

/**
 * Requests a mail with a reset link. The response and its work are the same for every address. Throws
 * `MailNotConfigured`, `InvalidInput` or `RateLimited`.
 */
export async function requestPasswordReset(
  services: ChangeServices & HasLinkLifetimes,
  caller: Caller,
  typed: string,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const email = parseEmail(typed);
  const isAttacked = await chargeMail(services, caller, "password reset", email.key);
  const origin = originOf(caller);
  await requestMail(services, "RESET_PASSWORD", {
    purpose: "password reset",
    email,
    origin,
    carriesDeviceLink: isAttacked,
  });
}

/** Writes the mail with the link, if a user who is not disabled has verified the address. */
export async function writeResetMail(
  tx: WriterTx,
  { email, origin, carriesDeviceLink = false }: MailRequest,
): Promise<NewMail | undefined> {
  const user = await findByVerifiedEmail(tx.db, email.key);
  if (!user || user.disabledAt) return undefined;
  const { id: userId } = user;
  const { url, expiresAt } = await makeLink(tx, "RESET_PASSWORD", { userId, emailKey: email.key });
  recordEvent(tx, "password.reset_requested", origin, { userId }, {});
  return {
    to: user.email ?? email.typed,
    ...passwordResetMail(url, carriesDeviceLink ? deviceLink(tx, email.key) : undefined),
    expiresAt,
    userId,
  };
}

/**
 * Sets a new password with a mailed reset link, and ends all sessions of the user. The link stays valid if
 * the password is rejected. Returns the user.
 *
 * @throws `CodeRejected`, `WeakPassword`, `InvalidInput`, `RateLimited` or `Overloaded`.
 */
export async function resetPassword(
  services: ChangeServices,
  caller: Caller,
  input: { token: string; newPassword: string },
): Promise<User> {
  await services.limits.check(LIMITS.linkPerAddress, caller);
  try {
    const { userId } = await findLink(services, "RESET_PASSWORD", input.token);
    const hash = await newHash(services, caller, userId, input.newPassword);
    const owner = await inTransaction(services, async (tx) => {
      const { emailKey } = await consumeLink(tx, "RESET_PASSWORD", input.token);
      const user = await findByVerifiedEmail(tx.db, emailKey);
      if (user?.id !== userId || !await setPasswordHash(tx.db, userId, hash)) throw new CodeRejected();
      await noteChange(tx, { ...originOf(caller), actor: `user:${userId}` }, { userId }, "password_reset");
      return user;
    });
    // The reset proves the owner, so earlier attempts no longer count against the account.
    const own = [PASSWORD_LIMITS.passwordPerAccount, { key: `own ${userId}` }] as const;
    await services.limits.forgetting([...passwordTriesOf(owner), own]).execute();
    return owner;
  } catch (error) {
    if (error instanceof CodeRejected) await services.limits.charge(LIMITS.linkPerAddress, caller);
    throw error;
  }
}
