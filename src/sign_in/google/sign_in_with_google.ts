import { type Caller, originOf } from "../../operations/caller.ts";
import { sha256 } from "../../lib/crypto.ts";
import { AccountDisabled, AuthError } from "../../lib/errors.ts";
import { logEvent, newEvent, type Origin, recordEvent } from "../../events/events.ts";
import { endGuest, guestOf, liveGuestOf } from "../guests/guests.ts";
import { checkSignIns, noteSignIn } from "../../operations/limits/sign_in_allowance.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasTimingFailures } from "../../accounts/sessions/token_timing.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasAllowances } from "../../operations/limits/allowances.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import { type HasSessionIssuer, issueSession, type SignedIn } from "../../accounts/sessions/issue_session.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import {
  findByIdentity,
  lockEmail,
  setProvidersEmail,
  updateIdentity,
  type User,
} from "../../accounts/users/users.ts";
import {
  type GoogleIdentity,
  GoogleTokenRejected,
  type HasGoogle,
  type TokenRejection,
} from "../../providers/google/api/google_api.ts";
import { GOOGLE, GOOGLE_SIGN_IN_LIMITS } from "./google_terms.ts";
import { spend, type Spent } from "./google_user_store.ts";
import { linkGoogle, LinkRequiresProof, lockOwner, takeProfile } from "./link_google.ts";
import { readNonce } from "./nonce.ts";
import { type GoogleProfile, profileOf } from "./profile.ts";

export { pruneSpent } from "./google_user_store.ts";

export type SignInWithGoogle = {
  token: string;
  nonce?: string | null | undefined;
  transport: SessionTransport;
};

type GoogleServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasAllowances
  & HasGoogle
  & HasSessionIssuer
  & HasRevokedSessions
  & HasTimingFailures
  & HasMetrics;

/**
 * Signs in with an ID token of Google's (R26). Somebody new becomes a user; a guest becomes that user; a person who is
 * signed in has Google linked to their account. A token with a nonce must carry one of ours, which is spent by it, and
 * one without is taken once. Throws `GoogleNotConfigured`, `GoogleTokenRejected`, `GoogleUnreachable`,
 * `LinkRequiresProof`, `RecentSignInRequired`, `RateLimited`, `Unauthenticated` for who links with a session that has
 * ended, and `AccountDisabled` for who has proven to be the user.
 */
export async function signInWithGoogle(
  services: GoogleServices,
  caller: Caller,
  { token, nonce, transport }: SignInWithGoogle,
): Promise<SignedIn> {
  checkSignIns(services, caller, undefined);
  const { identity, spent } = await genuine(services, caller, token, nonce ?? undefined);
  const [fresh, known] = await Promise.all([
    spend(services.db, spent),
    findByIdentity(services.db, identity),
  ]);
  if (!fresh) return await reject(services, caller, { reason: "used" });
  services.count("tokenValidations");
  checkSignIns(services, caller, known?.user.id);
  try {
    const signedIn =
      known && await signInKnown(services, caller, identity, known.user, known.email, transport) ||
      await signInLinked(services, caller, identity, transport);
    services.count("signIns");
    await noteSignIn(services, caller, signedIn.session.userId);
    return signedIn;
  } catch (error) {
    if (error instanceof AuthError) await noteRefusal(services, caller, error, known?.user.id);
    throw error;
  }
}

/** Records what somebody was refused whom Google vouches for: whoever tries an account is seen. */
async function noteRefusal(
  services: GoogleServices,
  caller: Caller,
  { code }: AuthError,
  userId: string | undefined,
): Promise<void> {
  services.count("signInFailures");
  const subjects = userId === undefined ? {} : { userId };
  await logEvent(services, "google.rejected", originOf(caller), subjects, { reason: code.toLowerCase() });
}

/** What the token says, once it is certain, and what of it is used up by a sign-in. */
async function genuine(
  services: GoogleServices,
  caller: Caller,
  token: string,
  expectedNonce: string | undefined,
): Promise<{ identity: GoogleIdentity; spent: Spent }> {
  try {
    const identity = await services.google.verifyIdToken(token);
    const { nonce } = identity;
    if (expectedNonce !== undefined && nonce !== expectedNonce) {
      throw new GoogleTokenRejected({ reason: "nonce" });
    }
    if (nonce === undefined) {
      return { identity, spent: { hash: sha256(signedPart(token)), expiresAt: later(identity.expiresAt) } };
    }
    const expiresAt = readNonce(services.keys, nonce, services.now());
    if (!expiresAt) throw new GoogleTokenRejected({ reason: "nonce" });
    return { identity, spent: { hash: sha256(`nonce ${nonce}`), expiresAt: later(expiresAt) } };
  } catch (error) {
    if (error instanceof GoogleTokenRejected) return await reject(services, caller, error.rejection);
    throw error;
  }
}

/** Beyond any leeway, and any difference between the clocks of instances: what is forgotten must not pass any more. */
function later(date: Date): Date {
  return new Date(date.getTime() + 60 * 60 * 1000);
}

/** All but the signature, of which there might be several. */
function signedPart(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

/**
 * Counts and records why a token was refused, for operators; whoever sent it gets one answer for all. What is too many
 * is not recorded: nobody fills the log with junk. A good token of the same address passes all the same.
 */
async function reject(
  services: GoogleServices,
  caller: Caller,
  rejection: TokenRejection,
): Promise<never> {
  services.count("tokenValidationFailures");
  services.count("signInFailures");
  await services.limits.charge(GOOGLE_SIGN_IN_LIMITS.googlePerAddress, caller);
  const { reason } = rejection;
  if (rejection.reason === "timing") {
    const { claim, timing, subject } = rejection;
    services.timingFailures.add({ kind: "google", claim, timing, about: `google ${subject}` });
  }
  await logEvent(services, "google.rejected", originOf(caller), {}, { reason });
  throw new GoogleTokenRejected(rejection);
}

/** Somebody whose identity it is; undefined when it has been taken from them since they were found. */
async function signInKnown(
  services: GoogleServices,
  caller: Caller,
  identity: GoogleIdentity,
  user: User,
  lastEmail: string | null,
  transport: SessionTransport,
): Promise<SignedIn | undefined> {
  const guest = guestOf(caller);
  if (caller.kind === "user" && !guest && caller.userId !== user.id) throw new LinkRequiresProof("identity");
  if (user.disabledAt) throw new AccountDisabled();
  const profile = profileOf(identity);
  if (differs(profile, user, lastEmail)) await update(services, caller, identity, profile, user, lastEmail);
  const { id: userId, waysIn } = user;
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  const events = [newEvent(services, "google.accepted", origin, { userId }, {})];
  const how = { userId, method: GOOGLE, transport, checked: { waysIn }, events } as const;
  const signedIn = await issueSession(services, origin, how);
  if (!signedIn) return undefined;
  services.wakeLog();
  if (guest) {
    await inTransaction(services, async (tx) => {
      const live = await liveGuestOf(tx, caller);
      if (live) await endGuest(tx, origin, live, signedIn.session);
    });
  }
  return signedIn;
}

function differs({ email, name, pictureUrl }: GoogleProfile, user: User, lastEmail: string | null): boolean {
  return (email?.key ?? null) !== lastEmail || (name !== null && name !== user.name) ||
    (pictureUrl !== null && pictureUrl !== user.pictureUrl);
}

/**
 * Writes what Google says now. The user's address follows theirs at Google as long as it is the same, Google can vouch
 * for the new one, and nobody else has it.
 */
async function update(
  services: GoogleServices,
  caller: Caller,
  identity: GoogleIdentity,
  profile: GoogleProfile,
  user: User,
  lastEmail: string | null,
): Promise<void> {
  const { email, authoritative } = profile;
  await inTransaction(services, async (tx) => {
    const moved = email && authoritative && lastEmail !== null && email.key !== lastEmail;
    if (moved) await lockEmail(tx.db, email.key);
    // Taken from them since they were found, by the one who proved the address: then it says nothing of this user.
    if (await lockOwner(tx, identity) !== user.id) return;
    if (moved) await setProvidersEmail(tx.db, user.id, lastEmail, email);
    if (!await takeProfile(tx, caller, user.id, identity, { ...profile, email: null })) return;
    await updateIdentity(tx.db, identity, email?.key ?? null);
    const origin: Origin = { ...originOf(caller), actor: `user:${user.id}` };
    recordEvent(tx, "identity.updated", origin, { userId: user.id }, { provider: "google" });
  });
}

/** Somebody whose identity nobody had. */
async function signInLinked(
  services: GoogleServices,
  caller: Caller,
  identity: GoogleIdentity,
  transport: SessionTransport,
): Promise<SignedIn> {
  return await inTransaction(services, async (tx) => {
    const { link, guest, ...linked } = await linkGoogle(tx, caller, identity, profileOf(identity));
    const { userId } = linked;
    const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
    recordEvent(tx, "google.accepted", origin, { userId }, {});
    const signedIn = await issueSession(tx, origin, { ...linked, method: GOOGLE, transport });
    if (!signedIn) throw new AccountDisabled();
    await link();
    if (guest) await endGuest(tx, origin, guest, signedIn.session);
    return signedIn;
  });
}
