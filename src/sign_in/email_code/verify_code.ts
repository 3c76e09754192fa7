import { LIMITS } from "../../operations/limits/general_limits.ts";
import { type Caller, originOf } from "../../operations/caller.ts";
import { knownByEmail } from "../../accounts/devices/known_caller.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { AccountDisabled, AuthError, CodeRejected, InvalidInput } from "../../lib/errors.ts";
import { type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { holdsFlow, readFlowId } from "../../flows/flow_key.ts";
import {
  changeFlow,
  changingFlow,
  findFlow,
  type Flow,
  type FlowChange,
  hasEnded,
  lockFlow,
} from "../../flows/flows.ts";
import { endGuest, liveGuestOf } from "../guests/guests.ts";
import type { HasLimits, KeyedSubject, Limit } from "../../operations/limits/limits.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasMetrics } from "../../operations/metrics/metrics.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRevokedSessions } from "../../accounts/sessions/revoked_sessions.ts";
import {
  type HasSessionIssuer,
  issueSession,
  type SignInOutcome,
} from "../../accounts/sessions/issue_session.ts";
import type { SessionTransport } from "../../accounts/sessions/sessions.ts";
import { isCode, normalizeCode } from "./code.ts";
import { consumeCode, type StoredCode, takeAttempt } from "./email_code_store.ts";
import { CODE_LIMITS, EMAIL_CODE } from "./email_code_terms.ts";
import { provenUser } from "./proven_user.ts";

export type VerifyEmailCode = { flowId: string; code: string; transport: SessionTransport };

type VerifyServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasRandom
  & HasSessionIssuer
  & HasRevokedSessions
  & HasMetrics;

/**
 * Signs in with a code and consumes it. The flow id with its key and the code together prove the address.
 * Creates a user if the address has none; a calling guest becomes that user.
 *
 * @throws `CodeRejected` if the code or the flow is wrong, used or expired; `InvalidInput` if the code is not six
 * digits (uses no attempt); `RateLimited`; `AccountDisabled` after the right code.
 */
export async function verifyEmailCode(
  services: VerifyServices,
  caller: Caller,
  input: VerifyEmailCode,
): Promise<SignInOutcome> {
  const code = normalizeCode(input.code);
  if (!code) {
    throw new InvalidInput("Cannot use this code: it is not six digits", "Type the six digits from the mail");
  }
  const flow = await heldFlow(services, input.flowId);
  const stored = await chargedAttempt(services, caller, flow);
  if (!stored) throw new CodeRejected();
  if (!isCode(services.keys, flow.id, code, stored.mac)) return await reject(services, caller, stored);
  const outcome = await inTransaction(services, (tx) => accept(tx, caller, stored, input.transport));
  if (outcome instanceof AuthError) {
    services.count("signInFailures");
    throw outcome;
  }
  if (!("challenge" in outcome)) services.count("signIns");
  return outcome;
}

/** Returns the flow if the caller holds its key and its code can still be tried. Throws `CodeRejected`. */
async function heldFlow({ db }: VerifyServices, id: string): Promise<Flow> {
  const asked = readFlowId(id);
  const flow = asked?.heldBy && await findFlow(db, asked.id);
  if (!asked || !flow || flow.kind !== EMAIL_CODE || !holdsFlow(asked, flow) || hasEnded(flow)) {
    throw new CodeRejected();
  }
  return flow;
}

/**
 * Takes one attempt, charged to the address across all its codes. Known devices and networks of the owner
 * have a reserve. Returns undefined if the code has no attempts left.
 */
async function chargedAttempt(
  services: VerifyServices,
  caller: Caller,
  flow: Flow,
): Promise<StoredCode | undefined> {
  const emailKey = String(flow.detail["email"]).toLowerCase();
  const attempt = (limit: Limit, subject: KeyedSubject) =>
    takeAttempt(services, flow.id, services.now(), limit, subject);
  const { refused, stored } = await attempt(LIMITS.codePerAccount, { key: emailKey });
  if (!refused) return stored;
  const known = await knownByEmail(services, caller, emailKey);
  if (!known) throw refused;
  const reserve = await attempt(CODE_LIMITS.codePerKnownAddress, { key: emailKey, from: known.key });
  if (reserve.refused) throw reserve.refused;
  return reserve.stored;
}

/** Records the wrong code, commits, then throws `CodeRejected`. The last attempt ends the flow. */
async function reject(
  services: VerifyServices,
  caller: Caller,
  { flowId, emailKey, attemptsLeft }: StoredCode,
): Promise<never> {
  services.count("signInFailures");
  const rejected = new CodeRejected({ recorded: true });
  await inTransaction(services, async (tx) => {
    const flow = await lockFlow(tx.db, flowId);
    recordEvent(tx, "email_code.rejected", originOf(caller), { flowId, verifiedEmail: emailKey }, {
      attemptsLeft,
    });
    if (!flow || hasEnded(flow)) return;
    await changeFlow(tx, originOf(caller), flow, {
      steps: [{ name: "code_rejected", message: "A wrong code was tried", data: { attemptsLeft } }],
      ...(attemptsLeft === 0 && {
        status: "FAILED",
        failure: {
          code: rejected.code,
          message: "The code was tried too often",
          actionRequired: "Ask for another code",
        },
      }),
    });
  });
  throw rejected;
}

/**
 * Signs in after the right code. Returns a refusal instead of throwing it, so that the transaction commits
 * and the code stays consumed.
 */
async function accept(
  tx: Tx<VerifyServices>,
  caller: Caller,
  code: StoredCode,
  transport: SessionTransport,
): Promise<SignInOutcome | AuthError> {
  const flow = await consumeCode(tx.db, code);
  if (!flow || hasEnded(flow)) return new CodeRejected();
  const guest = await liveGuestOf(tx, caller);
  const proven = await provenUser(tx, caller, code, guest);
  const { userId } = proven;
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  recordEvent(tx, "email_code.accepted", origin, { userId, flowId: flow.id }, {});
  const succeeded = changingFlow(tx, origin, flow, success(userId));
  const signedIn = await issueSession(tx, origin, {
    ...proven,
    method: EMAIL_CODE,
    transport,
    events: [succeeded.event],
    extraStatements: [
      succeeded.statement,
      tx.limits.forgetting([[LIMITS.codePerAccount, { key: code.emailKey }]]),
    ],
  });
  if (signedIn && guest && !("challenge" in signedIn)) await endGuest(tx, origin, guest, signedIn.session);
  if (!signedIn) await changeFlow(tx, SYSTEM, flow, disabledFailure());
  return signedIn ?? new AccountDisabled();
}

function success(userId: string): FlowChange {
  return {
    status: "SUCCEEDED",
    userId,
    steps: [{ name: "signed_in", message: "The code was right", data: {} }],
  };
}

function disabledFailure(): FlowChange {
  const { code, message } = new AccountDisabled();
  return {
    status: "FAILED",
    failure: { code, message },
    steps: [{ name: "refused", message, data: {} }],
  };
}
