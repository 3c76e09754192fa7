import type { Caller } from "../caller.ts";
import { originOf } from "../caller.ts";
import { AuthError, RateLimited } from "../errors.ts";
import { newEvent, recordEvent } from "../events/events.ts";
import { inTransaction, type Services } from "../services.ts";
import { issueSession, type SignedIn } from "../sessions/issue_session.ts";
import type { SessionTransport } from "../sessions/sessions.ts";
import { type Identifier, parseIdentifier } from "../users/names.ts";
import { NOBODYS_HASH } from "./password_hash.ts";
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

type SignInServices = Pick<
  Services,
  "db" | "now" | "wakeLog" | "keys" | "limits" | "passwords" | "sessions" | "count"
>;

/**
 * Signs in with a password, by username or by an e-mail address that was verified. A hash that is weaker than new ones
 * is replaced. Throws `InvalidCredentials` for an unknown name, a wrong password and a disabled user alike, after the
 * same number of hashes and queries; `RateLimited` after too many wrong ones; `Overloaded`.
 */
export async function signInWithPassword(
  services: SignInServices,
  caller: Caller,
  input: SignInWithPassword,
): Promise<SignedIn> {
  const identifier = parseIdentifier(input.identifier);
  const { candidate, account } = await admit(services, caller, identifier, input.identifier);
  // Half a character is no part of any password: it stays as it is, and fits none.
  const password = input.password.normalize("NFKC");
  const hash = candidate?.passwordHash ?? NOBODYS_HASH;
  const right = await services.passwords.verify(hash, password) && candidate?.passwordHash === hash;
  const signedIn = right && input.password.isWellFormed() && candidate && !candidate.disabled
    ? await issue(services, caller, candidate, hash, input.transport) ??
      await issueAfterRehash(services, caller, identifier, { ...input, password, hash })
    : undefined;
  if (!signedIn) return await reject(services, caller, candidate);
  services.count("signIns");
  services.wakeLog();
  await services.limits.forget("passwordPerAccount", account);
  if (services.passwords.isWeak(hash)) await rehash(services, signedIn.session.userId, password, hash);
  return signedIn;
}

type Admitted = { candidate: SignInCandidate | undefined; account: { key: string } };

/**
 * Counts the try against the name, whether anybody has it or not. When the name's tries are used up, whoever comes
 * from an address that the owner has signed in from has a reserve of their own: an attacker cannot lock them out.
 */
async function admit(
  { db, limits }: SignInServices,
  { ipAddress }: Caller,
  identifier: Identifier,
  typed: string,
): Promise<Admitted> {
  const account = { key: `${identifier.kind} ${identifier.key || typed}` };
  await limits.check("passwordPerAddress", { ipAddress });
  const usedUp = await limits.charge("passwordPerAccount", account).then(() => undefined, (error) => {
    if (error instanceof RateLimited) return error;
    throw error;
  });
  const candidate = await findCandidate(db, identifier, ipAddress);
  if (usedUp) {
    if (!candidate?.fromKnownAddress) throw usedUp;
    await limits.charge("passwordPerKnownAddress", { key: `${account.key} ${ipAddress}` });
  }
  return { candidate, account };
}

async function issue(
  services: SignInServices,
  caller: Caller,
  { userId }: SignInCandidate,
  checkedPasswordHash: string,
  transport: SessionTransport,
): Promise<SignedIn | undefined> {
  const origin = originOf(caller);
  const events = [newEvent(services, "password.accepted", origin, { userId }, {})];
  return await issueSession(services, origin, {
    userId,
    method: "PASSWORD",
    transport,
    checkedPasswordHash,
    events,
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
  if (!await services.passwords.verify(better, password)) return undefined;
  return await issue(services, caller, candidate, better, transport);
}

/** Records the rejection, which commits, and then throws. */
async function reject(
  services: SignInServices,
  caller: Caller,
  candidate: SignInCandidate | undefined,
): Promise<never> {
  services.count("signInFailures");
  const reason = !candidate ? "unknown_user" : candidate.disabled ? "user_disabled" : "wrong_password";
  await inTransaction(
    services,
    (tx) =>
      recordEvent(tx, "password.rejected", originOf(caller), { userId: candidate?.userId ?? null }, {
        reason,
      }),
  );
  await services.limits.charge("passwordPerAddress", caller);
  throw new InvalidCredentials();
}

/** A better hash, now that the password is at hand. Without it the old one goes on working. */
async function rehash(
  { db, passwords }: SignInServices,
  userId: string,
  password: string,
  old: string,
): Promise<void> {
  const better = await passwords.hash(password).catch(() => undefined);
  if (better) await setPasswordHash(db, userId, better, old);
}
