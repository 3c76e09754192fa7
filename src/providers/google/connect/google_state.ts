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
import { findByState, spendState } from "./google_authorization_store.ts";

type StateServices = HasClock & HasEventLog & HasKeys & HasLimits;

/** Says why this caller may not come back with the state of an authorization. */
export type Check = (
  authorization: Authorization,
) => StateRejection | undefined | Promise<StateRejection | undefined>;

/** A state that was good when it was looked at. */
export type Passed = { authorization: Authorization; stateHash: Uint8Array };

/**
 * Looks at a state that somebody comes back with, and spends nothing. Throws `InvalidState` when it is missing,
 * unknown, expired or used, or does not pass `check`, and records why; `RateLimited` when that happened to the
 * address too often. A good one passes whatever others at the address, or a page that makes a browser call us, have
 * tried.
 */
export async function peekState(
  services: StateServices,
  caller: Caller,
  state: string | undefined,
  check: Check,
): Promise<Passed> {
  const stateHash = tokenHash(STATE_PREFIX, state ?? "");
  const authorization = stateHash && await findByState(services.db, stateHash);
  if (!authorization) return await reject(services, caller, undefined, state ? "unknown" : "missing");
  const rejection = timeRejection(authorization, services.now()) ?? await check(authorization);
  return rejection ? await reject(services, caller, authorization, rejection) : { authorization, stateHash };
}

/** A browser that passed is its starter's, though it brings no token that says so. */
export function originOfReturn(caller: Caller, { startedBy, sessionId }: Authorization): Origin {
  const origin = originOf(caller);
  return sessionId === null ? origin : { ...origin, actor: `user:${startedBy}` };
}

/** How who started it is signed in, for as long as they are; undefined afterwards. */
export async function signInOfStarter(
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

/** Charges the address, records why, and tells the caller nothing of it. */
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

/** Google's answer and ours are waited for a good deal shorter: who has not finished by then has died. */
const EXCHANGE_SECONDS = 60;

/**
 * Spends a state that has passed: of any number of callers one gets its flow, and the others are rejected. From here on
 * the flow ends soon: see `endOfAuthorization`. Throws `InvalidState`, or `FlowEnded` for a flow that was cancelled.
 */
export async function consumeState(
  services: StateServices,
  caller: Caller,
  { authorization, stateHash }: Passed,
): Promise<{ flow: GoogleAuthorizationFlow; secrets: AuthorizationSecrets }> {
  const origin = originOfReturn(caller, authorization);
  const spent = await inTransaction(services, async (tx) => {
    if (!await spendState(tx.db, stateHash, tx.now())) return "used";
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
  return typeof spent === "string" ? await reject(services, caller, authorization, spent) : spent;
}

const CODE_RECEIVED = "code_received";

/** How a flow ends whose time is over: when its state was spent, whoever spent it has died with Google's answer. */
export function endOfAuthorization(flow: Pick<Flow, "steps">): FlowChange {
  return flow.steps.some(({ name }) => name === CODE_RECEIVED) ? failure(new GrantLost()) : expiry();
}
