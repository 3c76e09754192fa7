import { type Caller, originOf } from "../caller.ts";
import { AuthError, InvalidInput, RateLimited } from "../errors.ts";
import { newEvent } from "../events/events.ts";
import { newId } from "../ids.ts";
import { alreadyRegisteredMail } from "../links/link_mails.ts";
import { enqueueMail, MailNotConfigured } from "../mail/mail.ts";
import { chargeMail } from "../mail/mail_limits.ts";
import { makeLink } from "../links/links.ts";
import { inTransaction, type Services, type Tx } from "../services.ts";
import { sendVerification } from "../email_verification/email_verification.ts";
import { type Named, parseEmail, parseUsername } from "../users/names.ts";
import { findByVerifiedEmail, insertUser, type User } from "../users/users.ts";
import { checkPassword, normalizePassword } from "./password_policy.ts";

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

type RegisterServices = Pick<
  Services,
  | "db"
  | "now"
  | "wakeLog"
  | "random"
  | "keys"
  | "limits"
  | "passwords"
  | "leastPasswordCharacters"
  | "mailConfigured"
  | "enqueue"
  | "publicUrl"
  | "linkSeconds"
>;

/** What a new user is made of, checked. */
type NewAccount = { username: Named | null; email: Named | null; passwordHash: string };

/**
 * Registers a user with a username, an e-mail address or both. With a username the account works at once, and the user
 * is returned. With an address alone it works when the address has been verified, and nothing is returned: an address
 * that somebody has already is answered the same, and its owner is told by mail.
 * Throws `InvalidInput`, `WeakPassword`, `UsernameTaken`, `MailNotConfigured` (an address alone, and no mail),
 * `RateLimited` or `Overloaded`.
 */
export async function register(
  services: RegisterServices,
  caller: Caller,
  input: Register,
): Promise<User | undefined> {
  const username = input.username == null ? null : parseUsername(input.username);
  const email = input.email == null ? null : parseEmail(input.email);
  if (!username && !email) {
    throw new InvalidInput(
      "Cannot register: there is neither a username nor an e-mail address",
      "Give one of them",
    );
  }
  if (!username && !services.mailConfigured) throw new MailNotConfigured();
  await services.limits.charge("registerPerAddress", caller);
  const password = normalizePassword(input.password);
  await checkPassword(password, services.leastPasswordCharacters, {
    username: username?.key ?? null,
    email: email?.key ?? null,
  });
  const mayMail = await mayBeMailed(services, caller, email, username === null);
  const account = {
    username,
    email,
    passwordHash: await services.passwords.hash(password, caller.ipAddress),
  };
  if (username && !mayMail) return await addUser(services, caller, account);
  return await inTransaction(services, async (tx) => {
    const owner = email ? await findByVerifiedEmail(tx.db, email.key) : undefined;
    const user = username || !owner ? await addUser(tx, caller, account) : undefined;
    if (owner) await tellOwner(tx, owner);
    else if (email && user) await sendVerification(tx, user, email);
    return username ? user : undefined;
  });
}

/**
 * Whether a mail may go to the address. Where it must, for there is nothing else to sign in by, too many throw; where
 * it need not, the account is made without one.
 */
async function mayBeMailed(
  services: RegisterServices,
  caller: Caller,
  email: Named | null,
  must: boolean,
): Promise<boolean> {
  if (!email || !services.mailConfigured) return false;
  try {
    await chargeMail(services, caller, "registration", email.key);
    return true;
  } catch (error) {
    if (must || !(error instanceof RateLimited)) throw error;
    return false;
  }
}

/** Stores the account and records `user.registered`, in one statement. */
async function addUser(
  services: Pick<Services, "db" | "now" | "wakeLog">,
  caller: Caller,
  account: NewAccount,
): Promise<User> {
  const id = newId("usr");
  const createdAt = services.now();
  const registered = newEvent(services, "user.registered", originOf(caller), {}, { method: "PASSWORD" });
  const user = await insertUser(
    services.db,
    { ...account, id, emailVerifiedAt: null, name: null, createdAt },
    [registered],
  );
  if (!user) throw new UsernameTaken();
  services.wakeLog();
  return user;
}

async function tellOwner(tx: Tx<RegisterServices>, owner: User): Promise<void> {
  if (!owner.email || owner.disabledAt) return;
  const emailKey = owner.email.toLowerCase();
  const { url, expiresAt } = await makeLink(tx, "RESET_PASSWORD", { userId: owner.id, emailKey });
  await enqueueMail(tx, { to: owner.email, ...alreadyRegisteredMail(url), expiresAt, userId: owner.id });
}
