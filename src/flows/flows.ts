import { type Caller, mayAct, originOf, refusal } from "../operations/caller.ts";
import { AuthError, type AuthErrorCode } from "../lib/errors.ts";
import { type EventType, type NewEvent, newEvent, type Origin } from "../events/events.ts";
import { type HasEventLog, inTransaction, type Tx } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import { type AskedFlow, holdsFlow, readFlowId } from "./flow_key.ts";
import { deleteFlowsOf, findFlow, lockFlow, lockOpenFlowsOf, updatingFlow } from "./flow_store.ts";

/** Flows as they are stored, for whoever has made sure of the caller's right. */
export {
  findFlow,
  findFlows,
  insertingFlow,
  lockFlow,
  lockingFlow,
  pageOfFlows,
  pruneFlows,
  toFlow,
} from "./flow_store.ts";

/**
 *     PENDING ──▶ WAITING ◀──▶ TIMED_OUT          (open: the flow can still go on)
 *        │           │             │
 *        └───────────┴──────┬──────┘
 *                           ▼
 *        SUCCEEDED · FAILED · EXPIRED · CANCELLED  (ended: nothing changes any more)
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

/** Why a flow did not get on, with the advice that fits. */
export type FlowFailure = { code: AuthErrorCode; message: string; actionRequired?: string };

/** One line of a flow's history. Neither message nor data ever holds a secret. */
export type FlowStep = { at: string; name: string; message: string; data: Record<string, unknown> };

/** A multi-step authentication with a life of its own. `detail` is its kind's, and is shown to whoever may see it. */
export type Flow<Detail = Record<string, unknown>> = {
  id: string;
  /** As its `FlowKind` says. */
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
  /** Grows with every change. */
  version: number;
  /** What the kind keeps secret, sealed; gone when the flow has ended. */
  sealed: string | null;
  /** Of the key by which somebody who is nobody yet holds it; see `flow_key.ts`. */
  holderHash: Uint8Array | null;
  /** The id with its key, when it was asked for by that. */
  heldBy?: string;
};

/** No flow of this id exists, or it is not the caller's to see: one answer for both. */
export class FlowNotFound extends AuthError {
  readonly code = "FLOW_NOT_FOUND";
  constructor() {
    super("Cannot find this flow: it does not exist, or is somebody else's", {
      actionRequired: "Check the id, or start a new flow",
    });
  }
}

/** The flow has ended; what was asked needs an open one. */
export class FlowEnded extends AuthError {
  readonly code = "FLOW_ENDED";
  constructor(status: FlowStatus) {
    super(`Cannot go on with this flow: it has ended (${status})`, { actionRequired: "Start a new flow" });
  }
}

/** What one change does to a flow. What is not named stays. */
export type FlowChange = {
  status?: FlowStatus;
  failure?: FlowFailure | null;
  /** Merged into the detail. */
  detail?: Record<string, unknown>;
  steps?: Omit<FlowStep, "at">[];
  credentialId?: string;
  /** Whose it has turned out to be. */
  userId?: string;
  /** When its time is over now. */
  expiresAt?: Date;
  sealed?: string;
};

/**
 * Applies `change` to a flow that the transaction has locked, and records what happened: the new status, or
 * else the step. An ended flow loses what it kept sealed. Throws `FlowEnded` for one that has ended, and a
 * `TypeError` for a status that cannot follow the present one.
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

/** Builds the statement that `changeFlow` carries out, and the event that is written with it. */
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

export function subjectsOf(flow: Flow) {
  return { flowId: flow.id, userId: flow.userId, credentialId: flow.credentialId };
}

/**
 * The flow, if it exists and `caller` may see it, or asks with its key. Throws `FlowNotFound` otherwise.
 */
export async function getFlow(services: HasDatabase, caller: Caller, id: string): Promise<Flow> {
  const asked = readFlowId(id);
  return visible(caller, asked, asked && await findFlow(services.db, asked.id));
}

/**
 * Locks the flow until the transaction ends, for a caller who may change it. Throws `FlowNotFound` when they
 * may not even see it, and `Forbidden` when they may see it only.
 */
export async function lockFlowFor(tx: Tx<HasDatabase>, caller: Caller, id: string): Promise<Flow> {
  const asked = readFlowId(id);
  const flow = visible(caller, asked, asked && await lockFlow(tx.db, asked.id));
  if (!flow.heldBy && !mayAct(caller, "OPERATE", flow.userId)) throw refusal(caller, "OPERATE");
  return flow;
}

function visible(caller: Caller, asked: AskedFlow | undefined, flow: Flow | undefined): Flow {
  if (!asked || !flow) throw new FlowNotFound();
  if (holdsFlow(asked, flow)) return { ...flow, heldBy: asked.heldBy };
  if (!mayAct(caller, "READ", flow.userId)) throw new FlowNotFound();
  return flow;
}

/** Ends an open flow as CANCELLED; whatever was waiting for it stops. Throws `FlowNotFound` or `FlowEnded`. */
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

/** Deletes the flows of a user who is deleted; what waits for an open one, anywhere, stops. */
export async function forgetUsersFlows(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  userId: string,
): Promise<void> {
  for (const flow of await lockOpenFlowsOf(tx.db, userId)) await changeFlow(tx, origin, flow, CANCELLATION);
  await deleteFlowsOf(tx.db, userId);
}

/** The change that ends a flow because its time is over. */
export function expiry(): FlowChange {
  const message = "Expired: nobody finished it in time";
  return {
    status: "EXPIRED",
    failure: { code: "FLOW_ENDED", message, actionRequired: "Start a new flow" },
    steps: [{ name: "expired", message, data: {} }],
  };
}
