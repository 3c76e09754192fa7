import { type Caller, originOf } from "../../operations/caller.ts";
import { InvalidInput, RateLimited, Unauthenticated } from "../../lib/errors.ts";
import { newEvent, type Origin } from "../../events/events.ts";
import { newId } from "../../lib/ids.ts";
import { alreadyRegisteredMail } from "../../accounts/links/link_mails.ts";
import type { Charge, HasLimits } from "../../operations/limits/limits.ts";
import { MailNotConfigured, type NewMail } from "../../accounts/mail/mail.ts";
import { chargeMail } from "../../accounts/mail/mail_limits.ts";
import { type MailRequest, requestMail, type WriterTx } from "../../accounts/mail/mail_request.ts";
import { type HasLinkLifetimes, makeLink } from "../../accounts/links/links.ts";
import { endGuest, guestOf, type LiveGuest, liveGuestOf } from "../guests/guests.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasPasswords } from "./hash_queue.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type HasSessionIssuer, issueSession, type SignedIn } from "../../accounts/sessions/issue_session.ts";
import { verificationFor } from "../../accounts/links/email_verification.ts";
import { type Named, parseEmail, parseUsername } from "../../accounts/users/names.ts";
import {
  findByVerifiedEmail,
  findUser,
  insertUser,
  takeAccount,
  type User,
  UsernameTaken,
} from "../../accounts/users/users.ts";
import { acceptPassword, type HasPasswordPolicy } from "./password_policy.ts";
import { PASSWORD, PASSWORD_LIMITS } from "./password_terms.ts";

export type Register = {
  username?: string | null | undefined;
  email?: string | null | undefined;
  password: string;
};

type RegisterServices =
  & HasClock
  & HasEventLog
  & HasRandom
  & HasKeys
  & HasLimits
  & HasMetrics
  & HasPasswords
  & HasPasswordPolicy
  & HasMail
  & HasQueue
  & HasPublicUrl
  & HasLinkLifetimes
  & HasSessionIssuer
  & HasRevokedSessions;

/** The user if the account works at once, and the new session if a guest became the user. */
export type RegisteredAccount = { user?: User; signedIn?: SignedIn };

/** A checked registration. */
type NewAccount = { username: Named | null; email: Named | null; passwordHash: string };

/**
 * Registers a user with a username, an e-mail address or both. With a username, the account works at once and
 * the user is returned. With an address alone, it works after the address is verified, and nothing is
 * returned: a taken address gets the same response, and its owner gets a mail. A guest who registers a
 * username becomes the user and is signed in again; with an address alone the guest stays a guest, because
 * any other response would reveal taken addresses.
 *
 * @throws `InvalidInput`, `WeakPassword`, `UsernameTaken`, `RateLimited` or `Overloaded`; `MailNotConfigured` for an
 * address alone if the server sends no mail.
 */
export async function register(
  services: RegisterServices,
  caller: Caller,
  input: Register,
): Promise<RegisteredAccount> {
  const username = input.username == null ? null : parseUsername(input.username);
  const email = input.email == null ? null : parseEmail(input.email);
  if (!username && !email) {
    throw new InvalidInput(
      "Cannot register: there is neither a username nor an e-mail address",
      "Give one of them",
    );
  }
  if (!username && !services.mailConfigured) throw new MailNotConfigured();
  const password = await acceptPassword(input.password, services.leastPasswordCharacters, {
    username: username?.key ?? null,
    email: email?.key ?? null,
  });
  const mayMail = await chargeRegistration(services, caller, username, email);
  const account = {
    username,
    email,
    passwordHash: await services.passwords.hash(password, caller),
  };
  const origin = originOf(caller);
  const request = mayMail && email ? { purpose: "registration", email, origin } as const : undefined;
  if (!username) {
    // The mail writer creates the account. Creating it here would take longer for a free address than for a
    // taken one.
    if (request) {
      await requestMail(services, "VERIFY_EMAIL", { ...request, passwordHash: account.passwordHash });
    }
    return {};
  }
  if (!request && !guestOf(caller)) return { user: await addUser(services, origin, account) };
  return await inTransaction(services, async (tx) => {
    const guest = await liveGuestOf(tx, caller);
    const user = guest ? await upgradeGuest(tx, guest, account) : await addUser(tx, origin, account);
    if (request) await requestMail(tx, "VERIFY_EMAIL", { ...request, userId: user.id });
    return guest ? { user, signedIn: await signInAgain(tx, caller, guest, account) } : { user };
  });
}

/**
 * Writes the mail that follows a registration: a notice to the owner if the address is taken, otherwise a
 * verification link. Creates the user if the registration named an address alone.
 */
export async function writeRegistrationMail(
  tx: WriterTx,
  { email, origin, userId, passwordHash }: MailRequest,
): Promise<NewMail | undefined> {
  const owner = await findByVerifiedEmail(tx.db, email.key);
  if (owner) return owner.id === userId ? undefined : await alreadyRegisteredFor(tx, owner);
  const user = passwordHash === undefined
    ? await findUser(tx.db, userId ?? "")
    : await addUser(tx, origin, { username: null, email, passwordHash });
  return await verificationFor(tx, user, email);
}

/** Turns a guest into the user of the account. Throws `UsernameTaken`. */
async function upgradeGuest(
  tx: Tx<RegisterServices>,
  { userId }: LiveGuest,
  account: NewAccount,
): Promise<User> {
  const user = await takeAccount(tx.db, userId, account);
  if (!user) throw new UsernameTaken();
  return user;
}

async function signInAgain(
  tx: Tx<RegisterServices>,
  caller: Caller,
  guest: LiveGuest,
  { passwordHash }: NewAccount,
): Promise<SignedIn> {
  const { userId, transport } = guest;
  const origin = originOf(caller);
  const checked = { userId, transport, checked: { passwordHash } };
  const signedIn = await issueSession(tx, origin, { ...checked, method: PASSWORD });
  // A guest has no second factor.
  if (!signedIn || "challenge" in signedIn) throw new Unauthenticated();
  await endGuest(tx, origin, guest, signedIn.session);
  return signedIn;
}

/**
 * Charges the limits of a registration. Returns whether to send a mail to the address. Without a username the
 * account depends on the mail, so an exceeded mail limit throws and nothing is charged. With a username, an
 * exceeded mail limit only skips the mail.
 */
async function chargeRegistration(
  services: RegisterServices,
  caller: Caller,
  username: Named | null,
  email: Named | null,
): Promise<boolean> {
  const registration: Charge = [PASSWORD_LIMITS.registerPerAddress, caller];
  const recipient = services.mailConfigured ? email?.key : undefined;
  if (!username && recipient !== undefined) {
    await chargeMail(services, caller, "registration", recipient, [registration]);
    return true;
  }
  await services.limits.charge(...registration);
  if (recipient === undefined) return false;
  try {
    await chargeMail(services, caller, "registration", recipient);
    return true;
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error;
    return false;
  }
}

/** Stores the account and records `user.registered`, in one statement. */
async function addUser(
  services: HasClock & HasEventLog,
  origin: Origin,
  account: NewAccount,
): Promise<User> {
  const id = newId("usr");
  const createdAt = services.now();
  const self: Origin = { ...origin, actor: `user:${id}` };
  const registered = newEvent(services, "user.registered", self, { userId: id }, { method: PASSWORD });
  const user = await insertUser(
    services.db,
    { ...account, id, emailVerifiedAt: null, name: null, createdAt },
    [registered],
  );
  if (!user) throw new UsernameTaken();
  services.wakeLog();
  return user;
}

async function alreadyRegisteredFor(tx: WriterTx, owner: User): Promise<NewMail | undefined> {
  if (!owner.email || owner.disabledAt) return undefined;
  const { id: userId, email } = owner;
  const { url, expiresAt } = await makeLink(tx, "RESET_PASSWORD", { userId, emailKey: email.toLowerCase() });
  return { to: email, ...alreadyRegisteredMail(url), expiresAt, userId };
}
