import {
  cookieToken,
  type HasSessionIssuer,
  issueSession,
  type SignedIn,
  tokenPair,
} from "../../accounts/sessions/issue_session.ts";
import { lockOwnSession } from "../../accounts/sessions/live_session.ts";
import { remakeRefreshToken } from "../../accounts/sessions/refresh_token.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import { raiseSession } from "../../accounts/sessions/sessions.ts";
import { findRequiredFactors, lockUser, type User } from "../../accounts/users/users.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import { holdsFlow, readFlowId } from "../../flows/flow_key.ts";
import {
  changeFlow,
  changingFlow,
  findFlow,
  type FlowChange,
  hasEnded,
  lockFlow,
} from "../../flows/flows.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { AccountDisabled, AuthError, Unavailable } from "../../lib/errors.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import type { HasLimits } from "../../operations/limits/limits.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import { endGuest, liveGuestOf } from "../guests/guests.ts";
import {
  asChallenge,
  type ChallengeFlow,
  openProven,
  type Proven,
} from "../../accounts/factors/challenge.ts";
import { SECOND_FACTOR } from "../../accounts/factors/factor_terms.ts";
import { SecondFactorRejected } from "../../accounts/factors/factors.ts";
import { checkProof } from "../../accounts/factors/check_proof.ts";
import type { HasRelyingParty } from "../../accounts/factors/passkeys/relying_party.ts";
import { type Proof, type ProofInput, readProof } from "../../accounts/factors/proof.ts";
import { chargeAttempt, forgetting } from "./factor_tries.ts";

export type VerifySecondFactor = ProofInput & { flowId: string };

type VerifyServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasMail
  & HasMetrics
  & HasQueue
  & HasRandom
  & HasRelyingParty
  & HasRevokedSessions
  & HasSessionIssuer;

/**
 * Finishes a sign-in or a step-up with a second factor, and ends the flow. A sign-in gets its session; a
 * step-up raises the caller's session, which keeps its id and its refresh token. Of several parallel proofs, one
 * succeeds. Calls `onTransport` before it consumes anything, so that it can throw.
 *
 * @throws `SecondFactorRejected`; `InvalidInput` for a malformed proof (uses no attempt); `RateLimited`;
 * `AccountDisabled` after a right proof; `Unavailable` for a step-up of a session under another root key.
 */
export async function verifySecondFactor(
  services: VerifyServices,
  caller: Caller,
  { flowId, ...input }: VerifySecondFactor,
  onTransport: (transport: SignedIn["session"]["transport"]) => void,
): Promise<SignedIn> {
  const proof = await readProof(input);
  const flow = await heldChallenge(services, flowId);
  onTransport(flow.detail.transport);
  await chargeAttempt(services, caller, flow.userId ?? "", proof);
  const outcome = await inTransaction(services, (tx) => tryProof(tx, caller, flow, proof));
  if (outcome instanceof AuthError) {
    services.count("signInFailures");
    throw outcome;
  }
  if (flow.detail.purpose === "sign_in") services.count("signIns");
  else await forgetting(services, outcome.session.userId).execute();
  return outcome;
}

/** Returns the flow if the caller holds its key and it has not ended. Throws `SecondFactorRejected`. */
async function heldChallenge({ db }: VerifyServices, id: string): Promise<ChallengeFlow> {
  const asked = readFlowId(id);
  const flow = asked?.heldBy && await findFlow(db, asked.id);
  if (!asked || !flow || flow.kind !== SECOND_FACTOR || !holdsFlow(asked, flow) || hasEnded(flow)) {
    throw new SecondFactorRejected();
  }
  return asChallenge(flow);
}

/** A locked flow that waits for a proof, its locked user, and the result of the first step. */
type Waiting = { user: User; flow: ChallengeFlow; first: Proven; origin: Origin };

/** Checks the proof, and finishes the sign-in or step-up. Returns a refusal, so that the transaction commits. */
async function tryProof(
  tx: Tx<VerifyServices>,
  caller: Caller,
  challenge: ChallengeFlow,
  proof: Proof,
): Promise<SignedIn | AuthError> {
  const waiting = await lockWaiting(tx, caller, challenge);
  if (!waiting) return new SecondFactorRejected();
  const { user, flow, first, origin } = waiting;
  // Before the proof is checked, so that no code is used up for nothing.
  if (!await firstStepHolds(tx, waiting)) return await refuse(tx, waiting);
  const outcome = await checkProof(tx, origin, user, flow, proof);
  if ("refused" in outcome) return await reject(tx, origin, flow, proof, outcome.refused);
  const { kind } = proof;
  const subjects = { userId: user.id, flowId: flow.id };
  recordEvent(tx, "factor.used", origin, subjects, { kind, factorId: outcome.factorId });
  const signedIn = first.purpose === "sign_in"
    ? await finishSignIn(tx, caller, waiting, first, proof)
    : await finishStepUp(tx, caller, waiting, first, proof);
  return signedIn ?? await refuse(tx, waiting);
}

/**
 * Locks the user and then the flow. Returns undefined if the flow has ended, raises a session of another caller, or was
 * sealed under a root secret that is not configured any more.
 */
async function lockWaiting(
  tx: Tx<VerifyServices>,
  caller: Caller,
  { id, userId }: ChallengeFlow,
): Promise<Waiting | undefined> {
  const user = userId === null ? undefined : await lockUser(tx.db, userId);
  const locked = await lockFlow(tx.db, id);
  if (!user || !locked || hasEnded(locked) || locked.expiresAt <= tx.now()) return undefined;
  const flow = asChallenge(locked);
  const first = await openProven(tx, flow);
  if (!first || (first.purpose === "step_up" && !isOwn(caller, first.sessionId))) return undefined;
  return { user, flow, first, origin: { ...originOf(caller), actor: `user:${user.id}` } };
}

function isOwn(caller: Caller, sessionId: string): boolean {
  return caller.kind === "user" && [caller.sessionId, caller.cookieSessionId].includes(sessionId);
}

/** Whether the first step of a sign-in still holds. True for disabled users, who learn it only after the proof. */
async function firstStepHolds(tx: Tx<VerifyServices>, { user, first }: Waiting): Promise<boolean> {
  if (first.purpose === "step_up" || user.disabledAt !== null) return true;
  return await findRequiredFactors(tx.db, user.id, first.checked) !== undefined;
}

/** Takes one attempt from the flow, and records why the proof was refused. The last attempt ends the flow. */
async function reject(
  tx: Tx<VerifyServices>,
  origin: Origin,
  flow: ChallengeFlow,
  { kind }: Proof,
  reason: string,
): Promise<AuthError> {
  const attemptsLeft = flow.detail.attemptsLeft - 1;
  const subjects = { flowId: flow.id, userId: flow.userId };
  recordEvent(tx, "factor.rejected", origin, subjects, { kind, reason, attemptsLeft });
  const rejected = new SecondFactorRejected({ recorded: true });
  await changeFlow(tx, origin, flow, {
    detail: { attemptsLeft },
    steps: [{ name: "factor_rejected", message: "A wrong proof was tried", data: { kind, attemptsLeft } }],
    ...(attemptsLeft === 0 && {
      status: "FAILED",
      failure: {
        code: rejected.code,
        message: "The second factor was tried too often",
        actionRequired: "Sign in again",
      },
    }),
  });
  return rejected;
}

const FIRST_STEP_CHANGED = "The account was changed or disabled after the first step";

/** Ends the flow of a user who is disabled, or whose first step is no longer valid. */
async function refuse(
  tx: Tx<VerifyServices>,
  { origin, flow, user }: Waiting,
): Promise<AuthError> {
  const error = user.disabledAt ? new AccountDisabled() : new SecondFactorRejected();
  await changeFlow(tx, origin, flow, {
    status: "FAILED",
    failure: { code: error.code, message: FIRST_STEP_CHANGED, actionRequired: "Sign in again" },
    steps: [{ name: "refused", message: FIRST_STEP_CHANGED, data: {} }],
  });
  return error;
}

const SUCCESS: FlowChange = {
  status: "SUCCEEDED",
  steps: [{ name: "proven", message: "The second factor was proven", data: {} }],
};

/** Issues the session and ends the flow. Returns undefined if the first step is no longer valid. */
async function finishSignIn(
  tx: Tx<VerifyServices>,
  caller: Caller,
  { user: { id: userId }, flow, origin }: Waiting,
  { method, checked }: Extract<Proven, { purpose: "sign_in" }>,
  { kind }: Proof,
): Promise<SignedIn | undefined> {
  const guest = await liveGuestOf(tx, caller);
  const succeeded = changingFlow(tx, origin, flow, SUCCESS);
  const outcome = await issueSession(tx, origin, {
    userId,
    method,
    transport: flow.detail.transport,
    factors: [kind],
    checked,
    events: [succeeded.event],
    extraStatements: [succeeded.statement, forgetting(tx, userId)],
  });
  if (!outcome || "challenge" in outcome) return undefined;
  if (guest) await endGuest(tx, origin, guest, outcome.session);
  return outcome;
}

/**
 * Raises the session and ends the flow. Returns a new access token or cookie, with the new time and assurance, or
 * undefined if the session has ended. Throws `Unavailable` if the refresh token cannot be made again.
 */
async function finishStepUp(
  tx: Tx<VerifyServices>,
  caller: Caller,
  { user, flow, origin }: Waiting,
  { sessionId }: Extract<Proven, { purpose: "step_up" }>,
  { kind }: Proof,
): Promise<SignedIn | undefined> {
  const own = caller.kind === "user" ? await lockOwnSession(tx, { userId: user.id, sessionId }) : undefined;
  if (!own) return undefined;
  const { session, generation, refreshHash } = await raiseSession(tx.db, own.session, kind, tx.now());
  await changeFlow(tx, origin, flow, SUCCESS);
  recordEvent(tx, "step_up.succeeded", origin, { userId: user.id, sessionId, flowId: flow.id }, { kind });
  if (session.transport === "COOKIE") return { user, session, cookie: cookieToken(tx, session) };
  const refreshToken = refreshHash && remakeRefreshToken(tx.keys, session.id, generation, refreshHash);
  if (!refreshToken) {
    throw new Unavailable("Cannot step up here: the session's token was made under another key");
  }
  return { user, session, tokens: tokenPair(tx, session, user, refreshToken) };
}
