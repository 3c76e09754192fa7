import { type Caller, originOf } from "../caller.ts";
import { CodeRejected, InvalidInput } from "../errors.ts";
import { forgetUsersEvents, recordEvent } from "../events/events.ts";
import { verificationMail } from "../links/link_mails.ts";
import { findLink, makeLink, spendLink } from "../links/links.ts";
import { enqueueMail, MailNotConfigured } from "../mail/mail.ts";
import { chargeMail } from "../mail/mail_limits.ts";
import { inTransaction, type Services, type Tx } from "../services.ts";
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

type MailServices = Pick<
  Services,
  | "db"
  | "now"
  | "wakeLog"
  | "random"
  | "keys"
  | "limits"
  | "mailConfigured"
  | "enqueue"
  | "publicUrl"
  | "linkSeconds"
>;

/** Mails the user a link that proves that the address is theirs. */
export async function sendVerification(
  tx: Tx<MailServices>,
  { id: userId, username }: User,
  email: Named,
): Promise<void> {
  const { url, expiresAt } = await makeLink(tx, "VERIFY_EMAIL", { userId, emailKey: email.key });
  await enqueueMail(tx, { to: email.typed, ...verificationMail(url, username), expiresAt, userId });
}

/**
 * Mails a new verification link: to the caller's own address, or, when nobody is signed in, to this one if somebody
 * alone claims it without having proven it. The answer is the same either way. Throws `MailNotConfigured`,
 * `InvalidInput` or `RateLimited`.
 */
export async function requestEmailVerification(
  services: MailServices,
  caller: Caller,
  email: string | undefined,
): Promise<void> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const own = caller.kind === "user" ? await findUser(services.db, caller.userId) : undefined;
  const typed = own ? own.email : email;
  if (typed == null) {
    throw new InvalidInput(
      "Cannot verify: there is no e-mail address",
      own ? undefined : "Give an e-mail address",
    );
  }
  const address = parseEmail(typed);
  await chargeMail(services, caller, "verification", address.key);
  await inTransaction(services, async (tx) => {
    const user = own ?? await findByClaimedEmail(tx.db, address.key);
    if (!user || user.emailVerifiedAt || user.disabledAt) return;
    await sendVerification(tx, user, address);
    recordEvent(tx, "email.verification_requested", originOf(caller), { userId: user.id }, {});
  });
}

/**
 * Marks the address that a link was mailed to as proven: from now on it is its user's alone, and a way to sign in.
 * Throws `CodeRejected`, also when somebody else has proven the address meanwhile.
 */
export async function verifyEmail(
  services: Pick<Services, "db" | "now" | "wakeLog" | "limits" | "revokedSessions">,
  caller: Caller,
  token: string,
): Promise<void> {
  await services.limits.check("linkPerAddress", caller);
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
    if (error instanceof CodeRejected) await services.limits.charge("linkPerAddress", caller);
    throw error;
  }
}

/**
 * Whoever has the mailbox may be another person than whoever made the account, unless they are signed in to it: they
 * learn nothing of where the other one came from, and where an operator joined the two who may not vouch for it, the
 * password goes as well.
 */
async function partFromClaimant(
  tx: Tx<Pick<Services, "db" | "now" | "revokedSessions">>,
  caller: Caller,
  userId: string,
): Promise<void> {
  if (caller.kind === "user" && caller.userId === userId && await liveSession(tx, caller)) return;
  if (await isUnvouched(tx.db, userId)) await dropAllButClaim(tx, originOf(caller), userId);
  else await forgetUsersEvents(tx.db, userId);
}
