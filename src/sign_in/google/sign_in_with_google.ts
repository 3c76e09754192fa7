import { type Caller, originOf } from "../../operations/caller.ts";
import { type HasRandom, sha256 } from "../../lib/crypto.ts";
import { AccountDisabled, AuthError } from "../../lib/errors.ts";
import { logEvent, newEvent, type Origin, recordEvent } from "../../events/events.ts";
import { endGuest, guestOf, liveGuestOf } from "../guests/guests.ts";
import { checkSignIns, noteSignIn } from "../../operations/limits/sign_in_allowance.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasTimingFailures } from "../../accounts/sessions/token_timing.ts";
import { consumeOnce, type OneTimeValue } from "../../platform/db/one_time_values.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasAllowances } from "../../operations/limits/allowances.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import {
  type HasSessionIssuer,
  issueSession,
  type SignInOutcome,
} from "../../accounts/sessions/issue_session.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { subjectHash } from "../../accounts/refusals/subject_hash.ts";
import { parseIdentifier } from "../../accounts/users/names.ts";
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
import { linkGoogle, LinkRequiresProof, lockOwner, takeProfile } from "./link_google.ts";
import { readNonce } from "./nonce.ts";
import { type GoogleProfile, profileOf } from "./profile.ts";

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
  & HasRandom
  & HasSessionIssuer
  & HasRevokedSessions
  & HasTimingFailures
  & HasMetrics;

/**
 * Signs in with a Google ID token (R26). An unknown identity gets a new user; a calling guest becomes that
 * user; a signed-in user gets Google linked to the account. A nonce in the token must be one we issued, and
 * is consumed. A token without a nonce is accepted once.
 *
 * @throws `GoogleNotConfigured`, `GoogleTokenRejected`, `GoogleUnreachable`, `LinkRequiresProof`,
 * `StepUpRequired` or `RateLimited`; `Unauthenticated` when linking with a session that has ended;
 * `AccountDisabled` if the token is valid.
 */
export async function signInWithGoogle(
  services: GoogleServices,
  caller: Caller,
  { token, nonce, transport }: SignInWithGoogle,
): Promise<SignInOutcome> {
  checkSignIns(services, caller, undefined);
  const { identity, oneTime } = await verifyToken(services, caller, token, nonce ?? undefined);
  const [isFirstUse, known] = await Promise.all([
    consumeOnce(services.db, oneTime),
    findByIdentity(services.db, identity),
  ]);
  if (!isFirstUse) return await reject(services, caller, { reason: "used", email: verifiedEmail(identity) });
  services.count("tokenValidations");
  checkSignIns(services, caller, known?.user.id);
  try {
    const outcome =
      known && await signInKnown(services, caller, identity, known.user, known.email, transport) ||
      await signInLinked(services, caller, identity, transport);
    const userId = "challenge" in outcome ? outcome.challenge.userId : outcome.session.userId;
    if (!("challenge" in outcome)) services.count("signIns");
    if (userId !== null) await noteSignIn(services, caller, userId);
    return outcome;
  } catch (error) {
    if (error instanceof AuthError) await noteRefusal(services, caller, error, known?.user.id);
    throw error;
  }
}

/** Records a refusal after a valid token, so that attempts on an account are visible in its events. */
async function noteRefusal(
  services: GoogleServices,
  caller: Caller,
  error: AuthError,
  knownUserId: string | undefined,
): Promise<void> {
  services.count("signInFailures");
  const userId = knownUserId ?? error.note.userId ?? null;
  await logEvent(services, "google.rejected", originOf(caller), { userId }, {
    reason: error.code.toLowerCase(),
  });
  error.note = { ...error.note, recorded: true };
}

/** Verifies the token. Returns its identity and the value that the sign-in consumes. */
async function verifyToken(
  services: GoogleServices,
  caller: Caller,
  token: string,
  expectedNonce: string | undefined,
): Promise<{ identity: GoogleIdentity; oneTime: OneTimeValue }> {
  try {
    const identity = await services.google.verifyIdToken(token);
    const { nonce } = identity;
    const foreign = new GoogleTokenRejected({ reason: "nonce", email: verifiedEmail(identity) });
    if (expectedNonce !== undefined && nonce !== expectedNonce) throw foreign;
    if (nonce === undefined) {
      return {
        identity,
        oneTime: { hash: sha256(signedPart(token)), expiresAt: withMargin(identity.expiresAt) },
      };
    }
    const expiresAt = readNonce(services.keys, nonce, services.now());
    if (!expiresAt) throw foreign;
    return { identity, oneTime: { hash: sha256(`nonce ${nonce}`), expiresAt: withMargin(expiresAt) } };
  } catch (error) {
    if (error instanceof GoogleTokenRejected) return await reject(services, caller, error.rejection);
    throw error;
  }
}

function verifiedEmail({ email, emailVerified }: GoogleIdentity): string | undefined {
  return emailVerified ? email : undefined;
}

/**
 * Adds more than any leeway or clock difference, so that a consumed value is deleted only after its token is
 * rejected as expired.
 */
function withMargin(date: Date): Date {
  return new Date(date.getTime() + 60 * 60 * 1000);
}

/** The token without its signature, because one payload can have several valid signatures. */
function signedPart(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

/**
 * Charges the address and records the reason for operators, then throws the same error for all reasons. Above
 * the limit nothing is recorded, so invalid tokens cannot flood the log. Valid tokens from the same address
 * still pass.
 */
async function reject(
  services: GoogleServices,
  caller: Caller,
  rejection: TokenRejection,
): Promise<never> {
  services.count("tokenValidationFailures");
  services.count("signInFailures");
  await services.limits.charge(GOOGLE_SIGN_IN_LIMITS.googlePerAddress, caller);
  if (rejection.reason === "timing") {
    const { claim, timing, subject } = rejection;
    services.timingFailures.add({ kind: "google", claim, timing, about: `google ${subject}` });
  }
  const { email = "" } = rejection;
  const verifiedEmail = parseIdentifier(email).key;
  await logEvent(services, "google.rejected", originOf(caller), { verifiedEmail }, {
    reason: rejection.reason,
    ...(rejection.reason === "timing" && { claim: rejection.claim, ...rejection.timing }),
    ...(verifiedEmail && { subject: subjectHash(services.keys.current, email) }),
  });
  const rejected = new GoogleTokenRejected(rejection);
  rejected.note = { recorded: true };
  throw rejected;
}

/** Signs in the owner of the identity. Returns undefined if the identity was removed from the user meanwhile. */
async function signInKnown(
  services: GoogleServices,
  caller: Caller,
  identity: GoogleIdentity,
  user: User,
  lastEmail: string | null,
  transport: SessionTransport,
): Promise<SignInOutcome | undefined> {
  const guest = guestOf(caller);
  if (caller.kind === "user" && !guest && caller.userId !== user.id) throw new LinkRequiresProof("identity");
  if (user.disabledAt) throw new AccountDisabled();
  const profile = profileOf(identity);
  if (hasChanged(profile, user, lastEmail)) {
    await updateUser(services, caller, identity, profile, user, lastEmail);
  }
  const { id: userId, signInMethodsVersion } = user;
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  const events = [newEvent(services, "google.accepted", origin, { userId }, {})];
  const signIn = { userId, method: GOOGLE, transport, checked: { signInMethodsVersion }, events } as const;
  const signedIn = await issueSession(services, origin, signIn);
  if (!signedIn) return undefined;
  services.wakeLog();
  if (guest && !("challenge" in signedIn)) {
    await inTransaction(services, async (tx) => {
      const live = await liveGuestOf(tx, caller);
      if (live) await endGuest(tx, origin, live, signedIn.session);
    });
  }
  return signedIn;
}

function hasChanged(
  { email, name, pictureUrl }: GoogleProfile,
  user: User,
  lastEmail: string | null,
): boolean {
  return (email?.key ?? null) !== lastEmail || (name !== null && name !== user.name) ||
    (pictureUrl !== null && pictureUrl !== user.pictureUrl);
}

/**
 * Updates the user from the current Google profile. The user's address follows the one at Google if both were
 * equal so far, Google is authoritative for the new one, and no other user has it.
 */
async function updateUser(
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
    // A user who verified the address took the account over meanwhile, so the profile is about another
    // person.
    if (await lockOwner(tx, identity) !== user.id) return;
    if (moved) await setProvidersEmail(tx.db, user.id, lastEmail, email);
    if (!await takeProfile(tx, caller, user.id, identity, { ...profile, email: null })) return;
    await updateIdentity(tx.db, identity, email?.key ?? null);
    const origin: Origin = { ...originOf(caller), actor: `user:${user.id}` };
    recordEvent(tx, "identity.updated", origin, { userId: user.id }, { provider: "google" });
  });
}

/** Links an identity that no user has, and signs in. */
async function signInLinked(
  services: GoogleServices,
  caller: Caller,
  identity: GoogleIdentity,
  transport: SessionTransport,
): Promise<SignInOutcome> {
  return await inTransaction(services, async (tx) => {
    const { link, guest, ...linked } = await linkGoogle(tx, caller, identity, profileOf(identity));
    const { userId } = linked;
    const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
    recordEvent(tx, "google.accepted", origin, { userId }, {});
    const signedIn = await issueSession(tx, origin, { ...linked, method: GOOGLE, transport });
    if (!signedIn) throw new AccountDisabled();
    await link();
    if (guest && !("challenge" in signedIn)) await endGuest(tx, origin, guest, signedIn.session);
    return signedIn;
  });
}
