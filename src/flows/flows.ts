import { type Caller, mayAct, originOf, refusal } from "../operations/caller.ts";
import { AuthError, type AuthErrorCode } from "../lib/errors.ts";
import {
  type EventSubjects,
  type EventType,
  type NewEvent,
  newEvent,
  type Origin,
} from "../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import { type FlowReference, holdsFlow, readFlowId } from "./flow_key.ts";
import { deleteFlowsOf, findFlow, lockFlow, lockOpenFlowsOf, updatingFlow } from "./flow_store.ts";

/** Store functions without an access check: the code that calls them must check the caller's permission. */
export {
  countFlows,
  findFlow,
  findFlows,
  flowRow,
  insertingFlow,
  lockFlow,
  lockingFlow,
  pageOfFlows,
  pruneFlows,
  toFlow,
} from "./flow_store.ts";

/**
 *     PENDING ──▶ WAITING ◀──▶ TIMED_OUT          (open: the flow can continue)
 *        │           │             │
 *        └───────────┴──────┬──────┘
 *                           ▼
 *        SUCCEEDED · FAILED · EXPIRED · CANCELLED  (ended: the flow is immutable)
 */
export type FlowStatus =
  | "PENDING"
  | "WAITING"
  | "TIMED_OUT"
  | "SUCCEEDED"
  | "FAILED"
  | "EXPIRED"
  | "CANCELLED";

const ENDED = ["SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED"] as const;

const NEXT: Record<FlowStatus, readonly FlowStatus[]> = {
  PENDING: ["WAITING", ...ENDED],
  WAITING: ["TIMED_OUT", ...ENDED],
  TIMED_OUT: ["WAITING", ...ENDED],
  SUCCEEDED: [],
  FAILED: [],
  EXPIRED: [],
  CANCELLED: [],
};

export function hasEnded(flow: Pick<Flow, "status">): boolean {
  return NEXT[flow.status].length === 0;
}

/** Why a flow timed out, failed or expired, and what the user can do. */
export type FlowFailure = { code: AuthErrorCode; message: string; actionRequired?: string };

/** One entry of a flow's history. `message` and `data` never contain secrets. */
export type FlowStep = { at: string; name: string; message: string; data: Record<string, unknown> };

/** A multi-step authentication. Its kind defines `detail`, which every caller with access to the flow can read. */
export type Flow<Detail = Record<string, unknown>> = {
  id: string;
  /** The `kind` of its `FlowKind`. */
  kind: string;
  status: FlowStatus;
  userId: string | null;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date;
  failure: FlowFailure | null;
  steps: FlowStep[];
  detail: Detail;
  credentialId: string | null;
  /** Incremented by each change. */
  version: number;
  /** The sealed secrets of the flow's kind; null after the flow has ended. */
  sealed: string | null;
  /** Hash of the id with the key that gives a signed-out client access; see `flow_key.ts`. */
  holderHash: Uint8Array | null;
  /** The id with its key, if the caller passed the key. */
  heldBy?: string;
};

/** The flow does not exist, or the caller may not see it. One error for both, so that ids cannot be probed. */
export class FlowNotFound extends AuthError {
  readonly code = "FLOW_NOT_FOUND";
  constructor() {
    super("Cannot find this flow: it does not exist, or belongs to another user", {
      actionRequired: "Check the id, or start a new flow",
    });
  }
}

/** The operation needs an open flow, and this one has ended. */
export class FlowEnded extends AuthError {
  readonly code = "FLOW_ENDED";
  constructor(status: FlowStatus) {
    super(`Cannot continue this flow: it has ended (${status})`, { actionRequired: "Start a new flow" });
  }
}

/** One change of a flow. Omitted properties keep their values. */
export type FlowChange = {
  status?: FlowStatus;
  failure?: FlowFailure | null;
  /** Merged into the present detail. */
  detail?: Record<string, unknown>;
  steps?: Omit<FlowStep, "at">[];
  credentialId?: string;
  /** Set once the flow's user is known. */
  userId?: string;
  expiresAt?: Date;
  sealed?: string;
};

/**
 * Applies `change` to a flow that the transaction has locked, and records one event: for the new status, or for the
 * step if the status stays. A change that ends the flow also deletes its sealed secrets.
 *
 * @throws FlowEnded if the flow has already ended.
 * @throws TypeError if the new status cannot follow the present one.
 */
export async function changeFlow(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  flow: Flow,
  change: FlowChange,
): Promise<Flow> {
  const { changed, statement, event } = changingFlow(tx, origin, flow, change);
  await statement.execute();
  tx.events.push(event);
  return changed;
}

/** Builds the statement that `changeFlow` executes and the event to write with it. Throws the same errors. */
export function changingFlow(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  flow: Flow,
  change: FlowChange,
) {
  const { changed, steps } = applied(flow, change, tx.now());
  const statement = updatingFlow(tx.db, changed, steps);
  return { changed, statement, event: changeEvent(tx, origin, flow, changed, steps) };
}

function applied(flow: Flow, change: FlowChange, now: Date): { changed: Flow; steps: FlowStep[] } {
  if (hasEnded(flow)) throw new FlowEnded(flow.status);
  const status = change.status ?? flow.status;
  if (status !== flow.status && !NEXT[flow.status].includes(status)) {
    throw new TypeError(`Cannot change a flow from ${flow.status} to ${status}`);
  }
  const steps = (change.steps ?? []).map((step) => ({ at: now.toISOString(), ...step }));
  const changed: Flow = {
    ...flow,
    status,
    updatedAt: now,
    expiresAt: change.expiresAt ?? flow.expiresAt,
    failure: change.failure === undefined ? flow.failure : change.failure,
    steps: [...flow.steps, ...steps],
    detail: { ...flow.detail, ...change.detail },
    credentialId: change.credentialId ?? flow.credentialId,
    userId: change.userId ?? flow.userId,
    version: flow.version + 1,
    sealed: hasEnded({ status }) ? null : change.sealed ?? flow.sealed,
  };
  return { changed, steps };
}

function changeEvent(
  services: HasClock,
  origin: Origin,
  before: Flow,
  after: Flow,
  steps: FlowStep[],
): NewEvent {
  const event = <T extends EventType>(type: T, data: Parameters<typeof newEvent<T>>[4]) =>
    newEvent(services, type, origin, subjectsOf(after), data);
  const kind = after.kind;
  const { code = "FLOW_ENDED", message = "" } = after.failure ?? {};
  switch (after.status === before.status ? "WAITING" : after.status) {
    case "PENDING":
    case "WAITING":
      return event("flow.changed", { step: steps.at(-1)?.name ?? after.status.toLowerCase() });
    case "TIMED_OUT":
      return event("flow.timed_out", { message });
    case "SUCCEEDED":
      return event("flow.succeeded", { kind });
    case "FAILED":
      return event("flow.failed", { code, message });
    case "EXPIRED":
      return event("flow.expired", { kind });
    case "CANCELLED":
      return event("flow.cancelled", { kind });
  }
}

/** Returns the subjects of a flow's events. Until the user is known, that is the one with the flow's address. */
export function subjectsOf({ id, userId, credentialId, detail: { email } }: Flow): EventSubjects {
  const ofAddress = typeof email === "string" && { verifiedEmail: email.toLowerCase() };
  return { flowId: id, userId, credentialId, ...ofAddress };
}

/**
 * Returns the flow. `id` may contain the flow's key.
 *
 * @throws FlowNotFound unless the flow exists and `caller` may see it or passes its key.
 */
export async function getFlow(services: HasDatabase, caller: Caller, id: string): Promise<Flow> {
  const reference = readFlowId(id);
  return visible(caller, reference, reference && await findFlow(services.db, reference.id));
}

/**
 * Returns the flow and locks its row until the transaction ends. The caller needs permission to change the flow, or
 * its key in `id`.
 *
 * @throws FlowNotFound if the flow does not exist or the caller may not see it.
 * @throws Forbidden if the caller may see the flow but not change it.
 */
export async function lockFlowFor(tx: Tx<HasDatabase>, caller: Caller, id: string): Promise<Flow> {
  const reference = readFlowId(id);
  const flow = visible(caller, reference, reference && await lockFlow(tx.db, reference.id));
  if (!flow.heldBy && !mayAct(caller, "OPERATE", flow.userId)) throw refusal(caller, "OPERATE");
  return flow;
}

/**
 * Returns the flow that was read for `reference`, if the caller may see it.
 *
 * @throws FlowNotFound if there is none, or the caller may not see it.
 */
export function visible(
  caller: Caller,
  reference: FlowReference | undefined,
  flow: Flow | undefined,
): Flow {
  if (!reference || !flow) throw new FlowNotFound();
  if (holdsFlow(reference, flow)) return { ...flow, heldBy: reference.heldBy };
  if (!mayAct(caller, "READ", flow.userId)) throw new FlowNotFound();
  return flow;
}

/**
 * Ends an open flow as CANCELLED. Work that waits for the flow stops.
 *
 * @throws FlowNotFound if the flow does not exist or the caller may not see it.
 * @throws Forbidden if the caller may see the flow but not change it.
 * @throws FlowEnded if the flow has already ended.
 */
export function cancelFlow(
  services: HasClock & HasEventLog,
  caller: Caller,
  id: string,
): Promise<Flow> {
  return inTransaction(services, async (tx) => {
    const flow = await lockFlowFor(tx, caller, id);
    return await changeFlow(tx, originOf(caller), flow, CANCELLATION);
  });
}

const CANCELLATION: FlowChange = {
  status: "CANCELLED",
  steps: [{ name: "cancelled", message: "Cancelled", data: {} }],
};

/** Cancels the open flows of this kind of a user. */
export async function cancelFlowsOf(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  userId: string,
  kind: string,
): Promise<void> {
  const open = (await lockOpenFlowsOf(tx.db, { userId })).filter((flow) => flow.kind === kind);
  for (const flow of open) await changeFlow(tx, origin, flow, CANCELLATION);
}

/**
 * Cancels the open flows of a user, then deletes all flows of that user, and returns their ids. The cancellation stops
 * work that waits for a flow, on every instance. `unowned` names further flows, which are skipped if they have an owner.
 */
export async function forgetUsersFlows(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  userId: string,
  unowned: readonly string[] = [],
): Promise<string[]> {
  const flows = { userId, unowned };
  for (const flow of await lockOpenFlowsOf(tx.db, flows)) await changeFlow(tx, origin, flow, CANCELLATION);
  return await deleteFlowsOf(tx.db, flows);
}

/** Returns the change that ends a flow as EXPIRED. */
export function expiry(): FlowChange {
  const message = "Expired: it was not finished in time";
  return {
    status: "EXPIRED",
    failure: { code: "FLOW_ENDED", message, actionRequired: "Start a new flow" },
    steps: [{ name: "expired", message, data: {} }],
  };
}
