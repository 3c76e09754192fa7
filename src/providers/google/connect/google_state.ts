import { GOOGLE_LIMITS } from "../google_terms.ts";
import { type Caller, originOf } from "../../../operations/caller.ts";
import { tokenHash } from "../../../lib/crypto.ts";
import { logEvent, type Origin } from "../../../events/events.ts";
import { failure } from "../../../flows/failure.ts";
import {
  changeFlow,
  expiry,
  type Flow,
  type FlowChange,
  FlowEnded,
  hasEnded,
  lockFlow,
} from "../../../flows/flows.ts";
import { operatorHolds } from "../../../operations/operators/operators.ts";
import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import type { HasLimits } from "../../../operations/limits/limits.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { findSessions, type Session } from "../../../accounts/sessions/sessions.ts";
import {
  asGoogleAuthorization,
  type Authorization,
  type AuthorizationSecrets,
  type GoogleAuthorizationFlow,
  openSecrets,
  STATE_PREFIX,
} from "./authorization.ts";
import { GrantLost, InvalidState, type StateRejection } from "./authorization_refusals.ts";
import { consumeStateRow, findByState } from "./google_authorization_store.ts";

type StateServices = HasClock & HasEventLog & HasKeys & HasLimits;

/** Returns why this caller may not use the authorization's state; undefined if they may. */
export type Check = (
  authorization: Authorization,
) => StateRejection | undefined | Promise<StateRejection | undefined>;

/** A state that was valid when it was read. */
export type PeekedState = { authorization: Authorization; stateHash: Uint8Array };

/**
 * Checks a state without consuming it. Records every rejection. A valid state is accepted no matter how many invalid
 * ones the same address has sent.
 *
 * @throws InvalidState if the state is missing, unknown, expired, used, or rejected by `check`.
 * @throws RateLimited if the address has sent too many invalid states.
 */
export async function peekState(
  services: StateServices,
  caller: Caller,
  state: string | undefined,
  check: Check,
): Promise<PeekedState> {
  const stateHash = tokenHash(STATE_PREFIX, state ?? "");
  const authorization = stateHash && await findByState(services.db, stateHash);
  if (!authorization) return await reject(services, caller, undefined, state ? "unknown" : "missing");
  const rejection = timeRejection(authorization, services.now()) ?? await check(authorization);
  return rejection ? await reject(services, caller, authorization, rejection) : { authorization, stateHash };
}

/** The origin for events of a returning browser. It counts as the user who started the flow, even without a token. */
export function starterOrigin(caller: Caller, { startedBy, sessionId }: Authorization): Origin {
  const origin = originOf(caller);
  return sessionId === null ? origin : { ...origin, actor: `user:${startedBy}` };
}

/** How the user or operator who started it is signed in; undefined once they are signed out. */
export async function findStarterSignIn(
  services: HasDatabase & HasClock,
  { startedBy, sessionId }: Authorization,
): Promise<Pick<Session, "transport"> | undefined> {
  if (sessionId === null) {
    return await operatorHolds(services, startedBy) ? { transport: "TOKENS" } : undefined;
  }
  const session = (await findSessions(services.db, [sessionId])).get(sessionId);
  return session && !session.endedAt && session.expiresAt > services.now() ? session : undefined;
}

function timeRejection({ usedAt, expiresAt }: Authorization, now: Date): StateRejection | undefined {
  if (usedAt) return "used";
  return expiresAt <= now ? "expired" : undefined;
}

/** Charges the rate limit of the address, records the reason, and hides it from the caller. */
async function reject(
  services: StateServices,
  caller: Caller,
  authorization: Authorization | undefined,
  reason: StateRejection,
): Promise<never> {
  await services.limits.charge(GOOGLE_LIMITS.statePerAddress, caller);
  const { flowId = null, startedBy = "", sessionId = null } = authorization ?? {};
  const subjects = { flowId, sessionId, userId: sessionId === null ? null : startedBy };
  await logEvent(services, "google.state_rejected", originOf(caller), subjects, { reason });
  throw new InvalidState(reason);
}

/** An exchange takes far less time. A flow that has not ended by then belongs to a process that crashed. */
const EXCHANGE_SECONDS = 60;

/**
 * Consumes a state that `peekState` accepted. Of several parallel callers only one gets the flow; the others are
 * rejected. From here on the flow expires after a minute: see `changeOnExpiry`.
 *
 * @throws InvalidState if the state is used or its secrets cannot be opened.
 * @throws FlowEnded if the flow was cancelled.
 */
export async function consumeState(
  services: StateServices,
  caller: Caller,
  { authorization, stateHash }: PeekedState,
): Promise<{ flow: GoogleAuthorizationFlow; secrets: AuthorizationSecrets }> {
  const origin = starterOrigin(caller, authorization);
  const consumed = await inTransaction(services, async (tx) => {
    if (!await consumeStateRow(tx.db, stateHash, tx.now())) return "used";
    const flow = await lockFlow(tx.db, authorization.flowId);
    if (!flow || hasEnded(flow)) throw new FlowEnded(flow?.status ?? "EXPIRED");
    const secrets = await openSecrets(tx.keys, flow);
    if (!secrets) {
      await changeFlow(tx, origin, flow, failure(new InvalidState("unreadable")));
      return "unreadable";
    }
    const changed = await changeFlow(tx, origin, flow, {
      expiresAt: new Date(tx.now().getTime() + EXCHANGE_SECONDS * 1000),
      steps: [{ name: CODE_RECEIVED, message: "Google sent the browser back", data: {} }],
    });
    return { flow: asGoogleAuthorization(changed), secrets };
  });
  return typeof consumed === "string" ? await reject(services, caller, authorization, consumed) : consumed;
}

const CODE_RECEIVED = "code_received";

/** How an expired flow ends. If its state was consumed, the process crashed and Google's response is lost. */
export function changeOnExpiry(flow: Pick<Flow, "steps">): FlowChange {
  return flow.steps.some(({ name }) => name === CODE_RECEIVED) ? failure(new GrantLost()) : expiry();
}
