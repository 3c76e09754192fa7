import { type Caller, originOf } from "../../operations/caller.ts";
import { AuthError, InvalidInput, RateLimited, Unauthenticated } from "../../lib/errors.ts";
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
} from "../../accounts/users/users.ts";
import { acceptPassword, type HasPasswordPolicy } from "./password_policy.ts";
import { PASSWORD, PASSWORD_LIMITS } from "./password_terms.ts";

/** Another user has this name already, in whatever case. */
export class UsernameTaken extends AuthError {
  readonly code = "USERNAME_TAKEN";
  constructor() {
    super("Cannot register: the username is taken", { actionRequired: "Choose another username" });
  }
}

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

/** The account, when it works at once; and for a guest, who has become it, the session that they go on with. */
export type RegisteredAccount = { user?: User; signedIn?: SignedIn };

/** What a new user is made of, checked. */
type NewAccount = { username: Named | null; email: Named | null; passwordHash: string };

/**
 * Registers a user with a username, an e-mail address or both. With a username the account works at once, and the user
 * is returned. With an address alone it works when the address has been verified, and nothing is returned: an address
 * that somebody has already is answered the same, and its owner is told by mail. A guest who takes a username becomes
 * the user, and is signed in anew; with an address alone they stay a guest, or the answer would tell who has it.
 * Throws `InvalidInput`, `WeakPassword`, `UsernameTaken`, `MailNotConfigured` (an address alone, and no mail),
 * `RateLimited` or `Overloaded`.
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
  const mayMail = await admit(services, caller, username, email);
  const account = {
    username,
    email,
    passwordHash: await services.passwords.hash(password, caller),
  };
  const origin = originOf(caller);
  const request = mayMail && email ? { purpose: "registration", email, origin } as const : undefined;
  if (!username) {
    // The account is made with its mail: made here, it would take time that an address with an account does not.
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
    return guest ? { user, signedIn: await signInAnew(tx, caller, guest, account) } : { user };
  });
}

/**
 * Writes the mail that follows a registration: to the owner of the address, who has an account already, or to the new
 * user. One who registered with the address alone becomes a user now.
 */
export async function writeRegistrationMail(
  tx: WriterTx,
  { email, origin, userId, passwordHash }: MailRequest,
): Promise<NewMail | undefined> {
  const owner = await findByVerifiedEmail(tx.db, email.key);
  if (owner) return owner.id === userId ? undefined : await tellOwner(tx, owner);
  const user = passwordHash === undefined
    ? await findUser(tx.db, userId ?? "")
    : await addUser(tx, origin, { username: null, email, passwordHash });
  return await verificationFor(tx, user, email);
}

/** Makes a guest the user of the account. */
async function upgradeGuest(
  tx: Tx<RegisterServices>,
  { userId }: LiveGuest,
  account: NewAccount,
): Promise<User> {
  const user = await takeAccount(tx.db, userId, account);
  if (!user) throw new UsernameTaken();
  return user;
}

async function signInAnew(
  tx: Tx<RegisterServices>,
  caller: Caller,
  guest: LiveGuest,
  { passwordHash }: NewAccount,
): Promise<SignedIn> {
  const { userId, transport } = guest;
  const origin = originOf(caller);
  const checked = { userId, transport, checked: { passwordHash } };
  const signedIn = await issueSession(tx, origin, { ...checked, method: PASSWORD });
  if (!signedIn) throw new Unauthenticated();
  await endGuest(tx, origin, guest, signedIn.session);
  return signedIn;
}

/**
 * Counts the registration. Returns whether a mail may go to the address: where it must, for there is nothing else to
 * sign in by, too many throw, and nothing was counted; where it need not, the account is made without one.
 */
async function admit(
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

async function tellOwner(tx: WriterTx, owner: User): Promise<NewMail | undefined> {
  if (!owner.email || owner.disabledAt) return undefined;
  const { id: userId, email } = owner;
  const { url, expiresAt } = await makeLink(tx, "RESET_PASSWORD", { userId, emailKey: email.toLowerCase() });
  return { to: email, ...alreadyRegisteredMail(url), expiresAt, userId };
}
