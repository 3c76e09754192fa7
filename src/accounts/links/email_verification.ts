import { LIMITS } from "../../operations/limits/general_limits.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import { CodeRejected, InvalidInput } from "../../lib/errors.ts";
import { forgetUsersEvents, recordEvent } from "../../events/events.ts";
import { verificationMail } from "./link_mails.ts";
import { consumeLink, findLink, type HasLinkLifetimes, makeLink } from "./links.ts";
import { MailNotConfigured, type NewMail } from "../mail/mail.ts";
import { chargeMail } from "../mail/mail_limits.ts";
import { type MailRequest, requestMail, type WriterTx } from "../mail/mail_request.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../sessions/revoked_sessions.ts";
import { liveSession } from "../sessions/live_session.ts";
import { type Named, parseEmail } from "../users/names.ts";
import { dropAllButClaim } from "../users/drop_unproven.ts";
import {
  findByClaimedEmail,
  findUser,
  isUnvouched,
  lockEmail,
  setEmailVerified,
  type User,
} from "../users/users.ts";

/** Builds the mail with a new verification link, if the address is the user's and is not verified yet. */
export async function verificationFor(
  tx: WriterTx,
  user: User | undefined,
  email: Named,
): Promise<NewMail | undefined> {
  if (!user || user.emailVerifiedAt || user.disabledAt) return undefined;
  if (user.email?.toLowerCase() !== email.key) return undefined;
  const { id: userId, username } = user;
  const { url, expiresAt } = await makeLink(tx, "VERIFY_EMAIL", { userId, emailKey: email.key });
  return { to: email.typed, ...verificationMail(url, username), expiresAt, userId };
}

/**
 * Requests a mail with a new verification link, to the caller's own address or, for an anonymous caller, to
 * `typed`. The response and its work are the same for every address. Throws `MailNotConfigured`,
 * `InvalidInput` or `RateLimited`.
 */
export async function requestEmailVerification(
  services: HasClock & HasEventLog & HasKeys & HasLimits & HasMail & HasQueue & HasLinkLifetimes,
  caller: Caller,
  typed: string | undefined,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const own = caller.kind === "user" ? await findUser(services.db, caller.userId) : undefined;
  const address = own ? own.email : typed;
  if (address == null) {
    throw new InvalidInput(
      "Cannot verify: there is no e-mail address",
      own ? undefined : "Give an e-mail address",
    );
  }
  const email = parseEmail(address);
  await chargeMail(services, caller, "verification", email.key);
  const origin = originOf(caller);
  await requestMail(services, "VERIFY_EMAIL", {
    purpose: "verification",
    email,
    origin,
    ...(own && { userId: own.id }),
  });
}

/**
 * Writes the mail for the user who requested it or, for an anonymous caller, for the only user who claims the
 * address.
 */
export async function writeVerificationMail(
  tx: WriterTx,
  { email, origin, userId }: MailRequest,
): Promise<NewMail | undefined> {
  const user = userId === undefined
    ? await findByClaimedEmail(tx.db, email.key)
    : await findUser(tx.db, userId);
  const mail = await verificationFor(tx, user, email);
  if (mail && user) recordEvent(tx, "email.verification_requested", origin, { userId: user.id }, {});
  return mail;
}

/**
 * Marks the address of a mailed link as verified. From then on no other user can verify it, and it is a
 * sign-in method.
 *
 * @throws `CodeRejected`, also if another user has verified the address meanwhile; `RateLimited`.
 */
export async function verifyEmail(
  services: HasClock & HasEventLog & HasLimits & HasRevokedSessions,
  caller: Caller,
  token: string,
): Promise<void> {
  await services.limits.check(LIMITS.linkPerAddress, caller);
  try {
    // Invalid tokens need no transaction.
    const { emailKey } = await findLink(services, "VERIFY_EMAIL", token);
    await inTransaction(services, async (tx) => {
      // Locked before the user's row, in the same order as every verification.
      await lockEmail(tx.db, emailKey);
      const { userId } = await consumeLink(tx, "VERIFY_EMAIL", token);
      await dropClaimantData(tx, caller, userId);
      if (!await setEmailVerified(tx.db, userId, emailKey, tx.now())) throw new CodeRejected();
      recordEvent(
        tx,
        "email.verified",
        { ...originOf(caller), actor: `user:${userId}` },
        { userId },
        {},
      );
    });
  } catch (error) {
    if (error instanceof CodeRejected) await services.limits.charge(LIMITS.linkPerAddress, caller);
    throw error;
  }
}

/**
 * The owner of the mailbox and the creator of the account may be two people, unless the caller is signed in
 * to the account. So the account's events lose personal data, and if an operator without the role REVEAL
 * imported address and password together, the password and everything else but the claim is removed.
 */
async function dropClaimantData(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  caller: Caller,
  userId: string,
): Promise<void> {
  if (caller.kind === "user" && caller.userId === userId && await liveSession(tx, caller)) return;
  if (await isUnvouched(tx.db, userId)) await dropAllButClaim(tx, originOf(caller), userId);
  else await forgetUsersEvents(tx.db, userId);
}
