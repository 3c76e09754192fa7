import { type AddServices, storeFactor } from "../../accounts/factors/add_factor.ts";
import {
  type Ceremony,
  consumeCeremony,
  openCeremony,
  startCeremony,
  type StartedCeremony,
} from "../../accounts/factors/passkeys/ceremony.ts";
import { registrationOptions } from "../../accounts/factors/passkeys/options.ts";
import { passkeyFactor, userHandle } from "../../accounts/factors/passkeys/passkeys.ts";
import { type NewPasskey, verifyRegistration } from "../../accounts/factors/passkeys/registration.ts";
import type { HasRelyingParty } from "../../accounts/factors/passkeys/relying_party.ts";
import { passkeyRejected } from "../../accounts/factors/factors.ts";
import { issueSession, type SignInOutcome } from "../../accounts/sessions/issue_session.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { type Named, parseUsername } from "../../accounts/users/names.ts";
import { findByName, insertUser, takeAccount, UsernameTaken } from "../../accounts/users/users.ts";
import { newEvent, type Origin } from "../../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import { newId } from "../../lib/ids.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import { endGuest, guestOf, type LiveGuest, liveGuestOf } from "../guests/guests.ts";
import { PASSKEY, PASSKEY_LIMITS } from "./passkey_terms.ts";

type SignUpServices =
  & AddServices
  & HasEventLog
  & HasLimits
  & HasMetrics
  & HasRelyingParty
  & HasRevokedSessions;

/**
 * Starts a registration with a passkey, for callers without an account and for guests. Stores nothing. Refuses a taken
 * name already here, because the authenticator stores the name.
 *
 * @throws `InvalidInput`, `UsernameTaken` or `RateLimited`.
 */
export async function startPasskeySignUp(
  services: SignUpServices,
  caller: Caller,
  typed: string | null | undefined,
): Promise<StartedCeremony> {
  const username = typed == null ? null : parseUsername(typed);
  await services.limits.charge(PASSKEY_LIMITS.passkeySignUpPerAddress, caller);
  if (username && await findByName(services.db, { kind: "username", key: username.key })) {
    throw new UsernameTaken();
  }
  const guest = guestOf(caller);
  const userId = guest?.userId ?? newId("usr");
  const name = username?.typed ?? userId;
  const { challenge, options } = await registrationOptions(
    services.relyingParty(),
    { name, displayName: name, handle: userHandle(userId) },
    [],
  );
  const owner = { userId, sessionId: guest?.sessionId ?? null, username: username?.typed ?? null };
  return startCeremony(services, { purpose: "sign_up", challenge, ...owner }, options);
}

export type RegisterWithPasskey = {
  ceremonyId: string;
  response?: unknown;
  /** Default: the name given to `startPasskeySignUp`. */
  username?: string | null | undefined;
  transport: SessionTransport;
};

/** A verified registration. */
type SignUp = { ceremony: Ceremony; userId: string; username: Named | null; passkey: NewPasskey };

/**
 * Creates a user whose only sign-in method is the passkey, and signs in. A calling guest becomes that user. A ceremony
 * works once, but can be tried again with another name after `UsernameTaken`.
 *
 * @throws `SecondFactorRejected` if the response is wrong or an account has its credential already, or the ceremony is
 * used, expired or of another caller; `InvalidInput`; `UsernameTaken`; `RateLimited`.
 */
export async function registerWithPasskey(
  services: SignUpServices,
  caller: Caller,
  { ceremonyId, response, username: typed, transport }: RegisterWithPasskey,
): Promise<SignInOutcome> {
  const ceremony = openCeremony(services, "sign_up", ceremonyId);
  const name = typed ?? ceremony?.username;
  const username = name == null ? null : parseUsername(name);
  await services.limits.charge(PASSKEY_LIMITS.passkeySignUpPerAddress, caller);
  if (!ceremony?.userId || !isStarter(ceremony, caller)) throw passkeyRejected({ detail: "ceremony" });
  const verified = await verifyRegistration(services.relyingParty(), ceremony.challenge, response);
  if ("refused" in verified) throw passkeyRejected({ detail: verified.refused });
  const signUp = { ceremony, userId: ceremony.userId, username, passkey: verified.passkey };
  const outcome = await inTransaction(services, (tx) => signUpOnce(tx, caller, signUp, transport));
  services.count("signIns");
  return outcome;
}

/** Whether the caller is the one that started: the same guest, or a caller without an account. */
function isStarter({ sessionId }: Ceremony, caller: Caller): boolean {
  return caller.kind === "user" ? guestOf(caller)?.sessionId === sessionId : sessionId === null;
}

/** Consumes the ceremony, stores the user and the passkey, and issues the session. A throw undoes all of it. */
async function signUpOnce(
  tx: Tx<SignUpServices>,
  caller: Caller,
  { ceremony, userId, username, passkey }: SignUp,
  transport: SessionTransport,
): Promise<SignInOutcome> {
  if (!await consumeCeremony(tx, ceremony)) throw passkeyRejected({ detail: "used" });
  const guest = await liveGuestOf(tx, caller);
  if (!guest && ceremony.sessionId !== null) throw passkeyRejected({ detail: "guest_ended" });
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  await storeUser(tx, origin, guest, userId, username);
  const name = await storeFactor(tx, origin, userId, [], passkeyFactor(passkey));
  if (name === undefined) throw passkeyRejected({ detail: "known_credential" });
  const outcome = await issueSession(tx, origin, { userId, method: PASSKEY, transport, factors: [PASSKEY] });
  if (!outcome || "challenge" in outcome) throw new TypeError("A new user could not sign in");
  if (guest) await endGuest(tx, origin, guest, outcome.session);
  return outcome;
}

/** Stores the new user, or turns the guest into it. Throws `UsernameTaken`. */
async function storeUser(
  tx: Tx<SignUpServices>,
  origin: Origin,
  guest: LiveGuest | undefined,
  userId: string,
  username: Named | null,
): Promise<void> {
  const account = { username, email: null, passwordHash: null };
  const newUser = { ...account, id: userId, emailVerifiedAt: null, name: null, createdAt: tx.now() };
  const registered = newEvent(tx, "user.registered", origin, { userId }, { method: PASSKEY });
  const stored = guest
    ? await takeAccount(tx.db, userId, account)
    : await insertUser(tx.db, newUser, [registered]);
  if (!stored) throw new UsernameTaken();
}
