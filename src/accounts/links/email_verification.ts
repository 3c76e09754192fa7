import { LIMITS } from "../../operations/limits/general_limits.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import { CodeRejected, InvalidInput } from "../../lib/errors.ts";
import { forgetUsersEvents, recordEvent } from "../../events/events.ts";
import { verificationMail } from "./link_mails.ts";
import { findLink, type HasLinkLifetimes, makeLink, spendLink } from "./links.ts";
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

/** The mail with a new link that proves the address, if it is the user's and not proven yet. */
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
 * Asks for a mail with a new verification link: to the caller's own address or, from an anonymous caller, to this one.
 * The answer and its work are the same for every address. Throws `MailNotConfigured`, `InvalidInput` or `RateLimited`.
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

/** Writes the mail for the user who asked or, for an anonymous caller, for the only user who claims the address. */
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
 * Marks the address that a link was mailed to as proven: from now on it is its user's alone, and a way to sign in.
 * Throws `CodeRejected`, also when somebody else has proven the address meanwhile.
 */
export async function verifyEmail(
  services: HasClock & HasEventLog & HasLimits & HasRevokedSessions,
  caller: Caller,
  token: string,
): Promise<void> {
  await services.limits.check(LIMITS.linkPerAddress, caller);
  try {
    // Looked at first: what cannot be ours costs no transaction.
    const { emailKey } = await findLink(services, "VERIFY_EMAIL", token);
    await inTransaction(services, async (tx) => {
      // Before the user's row, as whoever proves an address does.
      await lockEmail(tx.db, emailKey);
      const { userId } = await spendLink(tx, "VERIFY_EMAIL", token);
      await partFromClaimant(tx, caller, userId);
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
 * Whoever has the mailbox may be another person than whoever made the account, unless they are signed in to it: they
 * learn nothing of where the other one came from, and where an operator joined the two who may not vouch for it, the
 * password goes as well.
 */
async function partFromClaimant(
  tx: Tx<HasDatabase & HasClock & HasRevokedSessions>,
  caller: Caller,
  userId: string,
): Promise<void> {
  if (caller.kind === "user" && caller.userId === userId && await liveSession(tx, caller)) return;
  if (await isUnvouched(tx.db, userId)) await dropAllButClaim(tx, originOf(caller), userId);
  else await forgetUsersEvents(tx.db, userId);
}
