import { Unauthenticated } from "../lib/errors.ts";
import { type NewEvent, newEvent, type Origin } from "../events/events.ts";
import { newId } from "../lib/ids.ts";
import type { Tx } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import { holdUser } from "../platform/db/hold_user.ts";
import { insertingFlow } from "./flow_store.ts";
import { type Flow, type FlowStep, subjectsOf } from "./flows.ts";

/** The input for a new flow. */
export type NewFlow = {
  kind: string;
  userId: string | null;
  lifetimeSeconds: number;
  detail: Record<string, unknown>;
  /** Default: PENDING. WAITING if the user has to act first. */
  status?: "PENDING" | "WAITING";
  steps?: Omit<FlowStep, "at">[];
  /** The id and the hash of its key, for a flow of a signed-out client; see `newFlowKey`. */
  id?: string;
  holderHash?: Uint8Array;
  sealed?: string;
};

/** Inserts a flow and records `flow.started`. Throws `Unauthenticated` if its user was deleted. */
export async function createFlow(
  tx: Tx<HasDatabase & HasClock>,
  origin: Origin,
  input: NewFlow,
): Promise<Flow> {
  if (input.userId !== null && !await holdUser(tx.db, input.userId)) throw new Unauthenticated();
  const { flow, event } = newFlow(tx, origin, input);
  await insertingFlow(tx.db, flow).execute();
  tx.events.push(event);
  return flow;
}

/** Builds a flow to insert and the `flow.started` event to write with it. */
export function newFlow(
  services: HasClock,
  origin: Origin,
  input: NewFlow,
): { flow: Flow; event: NewEvent } {
  const now = services.now();
  const flow: Flow = {
    id: input.id ?? newId("flw"),
    kind: input.kind,
    status: input.status ?? "PENDING",
    userId: input.userId,
    createdAt: now,
    updatedAt: now,
    expiresAt: new Date(now.getTime() + input.lifetimeSeconds * 1000),
    failure: null,
    steps: (input.steps ?? []).map((step) => ({ at: now.toISOString(), ...step })),
    detail: input.detail,
    credentialId: null,
    version: 1,
    sealed: input.sealed ?? null,
    holderHash: input.holderHash ?? null,
  };
  return { flow, event: newEvent(services, "flow.started", origin, subjectsOf(flow), { kind: flow.kind }) };
}
