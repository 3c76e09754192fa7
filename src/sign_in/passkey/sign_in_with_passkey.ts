import { type Assertion, copyWarnings, verifyAssertion } from "../../accounts/factors/passkeys/assertion.ts";
import {
  type Ceremony,
  consumeCeremony,
  openCeremony,
  startCeremony,
  type StartedCeremony,
} from "../../accounts/factors/passkeys/ceremony.ts";
import { authenticationOptions } from "../../accounts/factors/passkeys/options.ts";
import { notingUse } from "../../accounts/factors/passkeys/passkeys.ts";
import type { HasRelyingParty } from "../../accounts/factors/passkeys/relying_party.ts";
import { passkeyRejected, type SecondFactorRejected } from "../../accounts/factors/factors.ts";
import {
  type HasSessionIssuer,
  issueSession,
  type SignInOutcome,
} from "../../accounts/sessions/issue_session.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { newEvent, type Origin } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { AccountDisabled } from "../../lib/errors.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import type { HasAllowances } from "../../operations/limits/allowances.ts";
import { checkSignIns, noteSignIn } from "../../operations/limits/sign_in_allowance.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { endGuest, guestOf, liveGuestOf } from "../guests/guests.ts";
import { PASSKEY } from "./passkey_terms.ts";

/** Starts a sign-in with any passkey of this site. Stores nothing. */
export async function startPasskeySignIn(
  services: HasClock & HasKeys & HasRelyingParty,
): Promise<StartedCeremony> {
  const { challenge, options } = await authenticationOptions(services.relyingParty());
  return startCeremony(services, { purpose: "sign_in", challenge }, options);
}

export type SignInWithPasskey = { ceremonyId: string; response?: unknown; transport: SessionTransport };

type PasskeyServices =
  & HasAllowances
  & HasClock
  & HasEventLog
  & HasKeys
  & HasMetrics
  & HasRandom
  & HasRelyingParty
  & HasRevokedSessions
  & HasSessionIssuer;

/**
 * Signs in with a passkey, which also proves the second factor. A ceremony works once: of several parallel requests,
 * one succeeds.
 *
 * @throws `SecondFactorRejected` if the passkey is unknown, the response is wrong, or the ceremony is used or expired
 * (one error for all); `AccountDisabled` after a right response; `RateLimited`.
 */
export async function signInWithPasskey(
  services: PasskeyServices,
  caller: Caller,
  { ceremonyId, response, transport }: SignInWithPasskey,
): Promise<SignInOutcome> {
  checkSignIns(services, caller, undefined);
  const { ceremony, assertion } = await proveOwner(services, ceremonyId, response);
  const { userId, isDisabled } = assertion.passkey;
  checkSignIns(services, caller, userId);
  if (!await consumeCeremony(services, ceremony)) throw refused(services, "used", userId);
  if (isDisabled) throw disabled(services, userId);
  const outcome = await issue(services, caller, assertion, transport);
  // Since the check, the passkey was removed, or the user was disabled or deleted.
  if (!outcome) throw refused(services, "removed", userId);
  services.wakeLog();
  await noteSignIn(services, caller, userId);
  if ("challenge" in outcome) return outcome;
  services.count("signIns");
  if (guestOf(caller)) {
    await inTransaction(services, async (tx) => {
      const guest = await liveGuestOf(tx, caller);
      if (guest) await endGuest(tx, ownOrigin(caller, userId), guest, outcome.session);
    });
  }
  return outcome;
}

/** Verifies the response to the ceremony. Throws `SecondFactorRejected`. */
async function proveOwner(
  services: PasskeyServices,
  ceremonyId: string,
  response: unknown,
): Promise<{ ceremony: Ceremony; assertion: Assertion }> {
  const ceremony = openCeremony(services, "sign_in", ceremonyId);
  if (!ceremony) throw refused(services, "ceremony");
  const assertion = await verifyAssertion(services, ceremony.challenge, response);
  if ("refused" in assertion) throw refused(services, assertion.refused, assertion.userId);
  return { ceremony, assertion };
}

/** Stores the use and the session. Returns undefined if a passkey of the user was removed since the check. */
async function issue(
  services: PasskeyServices,
  caller: Caller,
  assertion: Assertion,
  transport: SessionTransport,
): Promise<SignInOutcome | undefined> {
  const { passkey: { userId, factorId, signInMethodsVersion }, use } = assertion;
  const origin = ownOrigin(caller, userId);
  return await issueSession(services, origin, {
    userId,
    method: PASSKEY,
    transport,
    factors: [PASSKEY],
    checked: { signInMethodsVersion },
    events: [
      newEvent(services, "factor.used", origin, { userId }, { kind: PASSKEY, factorId }),
      ...copyWarnings(services, origin, assertion),
    ],
    extraStatements: [notingUse(services.db, factorId, { ...use, at: services.now() })],
  });
}

function ownOrigin(caller: Caller, userId: string): Origin {
  return { ...originOf(caller), actor: `user:${userId}` };
}

/** Counts a refusal. Returns its error with the reason, which only operators see. */
function refused(services: HasMetrics, detail: string, userId?: string): SecondFactorRejected {
  services.count("signInFailures");
  return passkeyRejected({ detail, ...(userId !== undefined && { userId }) });
}

function disabled(services: HasMetrics, userId: string): AccountDisabled {
  services.count("signInFailures");
  const error = new AccountDisabled();
  error.note = { userId };
  return error;
}
