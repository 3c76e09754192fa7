import type { Session } from "../sessions/sessions.ts";
import { lockOwnSession } from "../sessions/live_session.ts";
import type { User } from "../users/users.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import { insertingFlow } from "../../flows/flows.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import { AuthError, Unauthenticated } from "../../lib/errors.ts";
import { type Caller, originOf, personOf, type UserCaller } from "../../operations/caller.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { assuranceOf, isAtLeast } from "../../operations/assurance.ts";
import { type ChallengeFlow, newChallenge } from "./challenge.ts";
import { FactorNotFound } from "./factors.ts";

/** How long a proof is fresh. A refresh of the tokens is not a proof. */
const FRESH_MS = 10 * 60 * 1000;

/** The action requires a fresh proof of the user's strongest factor, because the session may be left open or stolen. */
export class StepUpRequired extends AuthError {
  readonly code = "STEP_UP_REQUIRED";
  /** @param action what the user cannot do */
  constructor(action: string, hasFactors: boolean) {
    super(
      `Cannot ${action}: ${
        hasFactors ? "prove your second factor first" : "you signed in more than ten minutes ago"
      }`,
      { actionRequired: hasFactors ? "Call startStepUp, and prove the factor" : "Sign in again" },
    );
  }
}

/** The caller's user and live session, both locked. */
export type FreshSession = { user: User; session: Session };

/**
 * Returns the caller's user and session if the proof is fresh: in this session and within the last ten minutes, the
 * user has proven their strongest factor or, without factors, signed in. A recovery code counts as the strongest
 * factor, so that users who lost theirs can replace it. Locks user and session until the transaction ends.
 *
 * @throws `StepUpRequired`; `Unauthenticated` if the session has ended.
 */
export async function requireFreshProof(
  tx: Tx<HasClock>,
  caller: UserCaller,
  action: string,
): Promise<FreshSession> {
  const own = await lockOwnSession(tx, caller);
  if (!own) throw new Unauthenticated();
  const { factors, authenticatedAt } = own.session;
  const isStrongest = factors.includes("RECOVERY_CODES") ||
    isAtLeast(assuranceOf(factors), assuranceOf(own.user.factors));
  const isFresh = tx.now().getTime() - authenticatedAt.getTime() <= FRESH_MS;
  if (!isStrongest || !isFresh) throw new StepUpRequired(action, own.user.factors.length > 0);
  return own;
}

/**
 * Starts a SECOND_FACTOR flow that raises the caller's own session. It accepts the strongest kind of the user's
 * factors, and recovery codes.
 *
 * @throws `FactorNotFound` if the user has no second factor; `Unauthenticated` if the session has ended.
 */
export async function startStepUp(
  services: HasClock & HasEventLog & HasKeys & HasRandom,
  caller: Caller,
): Promise<ChallengeFlow> {
  const person = personOf(caller);
  return await inTransaction(services, async (tx) => {
    const own = await lockOwnSession(tx, person);
    if (!own) throw new Unauthenticated();
    const { user, session } = own;
    if (user.factors.length === 0) {
      throw new FactorNotFound("this account has no second factor", "Sign in again");
    }
    const strongest = user.factors.includes("PASSKEY") ? ["PASSKEY"] as const : user.factors;
    const proven = { purpose: "step_up", sessionId: session.id } as const;
    const origin = originOf(caller);
    const { flow, started } = await newChallenge(tx, origin, user.id, session.transport, strongest, proven);
    await insertingFlow(tx.db, flow).execute();
    tx.events.push(started);
    return flow;
  });
}
