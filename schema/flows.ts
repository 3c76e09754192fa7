import { type Caller, hasRole, mayAct, ownerOf, refusal } from "../src/operations/caller.ts";
import {
  cancelFlow,
  countFlows,
  type Flow,
  FlowEnded,
  type FlowFailure,
  FlowNotFound,
  type FlowStep,
  getFlow,
  hasEnded,
  pageOfFlows,
} from "../src/flows/flows.ts";
import { FLOW_KINDS } from "../src/wiring/flow_kinds.ts";
import { readFlowId } from "../src/flows/flow_key.ts";
import { builder } from "./lib/builder.ts";
import { connectionById } from "./lib/connections.ts";
import { NodeInterface } from "./lib/node.ts";
import { orNull } from "./lib/or_null.ts";
import type { Context } from "./lib/context.ts";
import { AuthErrorCodeEnum } from "./lib/error_codes.ts";
import { COMMON_ERRORS, errorType } from "./lib/errors.ts";
import { watchAs } from "./lib/subscriptions.ts";
import { UserType } from "./accounts/users.ts";

const FlowKindEnum = builder.enumType("FlowKind", {
  values: FLOW_KINDS.map(({ kind }) => kind),
});

const FlowStatusEnum = builder.enumType("FlowStatus", {
  values: {
    PENDING: { description: "Created. The user has nothing to do yet." },
    WAITING: { description: "The user must act elsewhere, for example in a browser or in their mail." },
    TIMED_OUT: { description: "The server stopped waiting. The flow can be resumed." },
    SUCCEEDED: { description: "Completed. A flow for a provider has a credential." },
    FAILED: { description: "Ended with an error; see `failure`." },
    EXPIRED: { description: "The flow was not finished before `expiresAt`." },
    CANCELLED: { description: "Cancelled by a caller." },
  } as const,
});

const FlowFailureType = builder.objectRef<FlowFailure>("FlowFailure").implement({
  description: "Why a flow or a check failed, and what to do about it.",
  fields: (t) => ({
    code: t.expose("code", { type: AuthErrorCodeEnum }),
    message: t.exposeString("message", { description: "One sentence to show to people." }),
    actionRequired: t.string({
      nullable: true,
      description: "What the user can do about it.",
      resolve: (failure) => failure.actionRequired,
    }),
  }),
});

export { FlowFailureType };

const FlowStepType = builder.objectRef<FlowStep>("FlowStep").implement({
  description: "One entry of a flow's history.",
  fields: (t) => ({
    at: t.field({ type: "DateTime", resolve: (step) => new Date(step.at) }),
    name: t.exposeString("name", {
      description:
        "The kind of step, such as client_ready, flow_created, waiting, tokens_received or verified.",
    }),
    message: t.string({ resolve: (step, _args, { caller }) => stepFor(caller, step).message }),
    data: t.field({
      type: "JSON",
      description: "Details of the step. Never contains a secret.",
      resolve: (step, _args, { caller }) => stepFor(caller, step).data,
    }),
  }),
});

/** Removes details that only operators may see: the provider's address and its transport error. */
function stepFor(caller: Caller, { message, data }: FlowStep): Pick<FlowStep, "message" | "data"> {
  if (hasRole(caller, "READ")) return { message, data };
  const { serverUrl, detail: _detail, ...visible } = data;
  return { message: message.replace(` at ${serverUrl}`, ""), data: visible };
}

/** Whether `caller` may see this flow. Every flow type checks it, whichever field returned the flow. */
export function maySeeFlow(flow: Flow, { caller }: Context): boolean {
  return flow.heldBy !== undefined || mayAct(caller, "READ", flow.userId);
}

/**
 * Whether `caller` may see the page that approves this flow. The role READ may not: approving there would store
 * the approver's tokens for the flow's owner.
 */
export function mayApprove({ userId }: Flow, { caller }: Context): boolean {
  return mayAct(caller, "OPERATE", userId);
}

/** Removes the data that leads to the provider's approval page. */
function withoutPage(step: FlowStep): FlowStep {
  const { tokenFlowId: _id, webUrl: _url, ...data } = step.data;
  return { ...step, data };
}

export const FlowInterface = builder.interfaceRef<Flow>("Flow").implement({
  description:
    "An authentication that takes several steps. It continues on the server when the client disconnects.",
  interfaces: [NodeInterface],
  resolveType: ({ kind }) => typeNameOf(kind),
  fields: (t) => ({
    id: t.id({
      description:
        "The flow's id. If the caller read the flow by an id with the secret key, it contains the key: such an id works without signing in.",
      resolve: ({ id, heldBy }) => heldBy ?? id,
    }),
    kind: t.expose("kind", { type: FlowKindEnum }),
    status: t.expose("status", { type: FlowStatusEnum }),
    user: t.field({
      type: UserType,
      nullable: true,
      description: "The owner; null for a flow that an operator started.",
      resolve: ({ userId }, _args, { caller, services }) =>
        userId !== null && mayAct(caller, "READ", userId) ? services.load.user.load(userId) : null,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    updatedAt: t.expose("updatedAt", { type: "DateTime" }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "When an open flow becomes EXPIRED." }),
    failure: t.expose("failure", {
      type: FlowFailureType,
      nullable: true,
      description: "Why the flow failed, or null.",
    }),
    steps: t.field({
      type: [FlowStepType],
      description: "The flow's history, oldest first.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.steps : flow.steps.map(withoutPage),
    }),
  }),
});

/** The object type for a kind of flow: `ModalTokenFlow` for `MODAL_TOKEN`. */
export function typeNameOf(kind: string): string {
  const words = kind.toLowerCase().split("_");
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}Flow`;
}

const FlowChanged = builder.objectRef<{ flow: Flow }>("FlowChanged").implement({
  fields: (t) => ({ flow: t.expose("flow", { type: FlowInterface }) }),
});

export const FLOW_ERRORS = [
  errorType(
    FlowNotFound,
    "The flow does not exist, or it belongs to another user. Both cases return this error.",
  ),
  errorType(FlowEnded, "The flow has ended, so it cannot be changed. Start a new one."),
];

/** The result of every mutation that changes a flow. */
export const FlowResult = builder.errorUnion("FlowResult", {
  types: [
    FlowChanged,
    ...FLOW_ERRORS,
    ...FLOW_KINDS.flatMap(({ refusals = [] }) => refusals),
    ...COMMON_ERRORS,
  ],
  resolveType: () => "FlowChanged",
});

builder.queryFields((t) => ({
  flow: t.field({
    type: FlowInterface,
    nullable: true,
    description:
      "A flow by its id: the caller's own, or any flow for operators. An id with a key works without signing in. Null when no such flow exists.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => {
      requireCallerOrKey(caller, id);
      return orNull(getFlow(services, caller, id), FlowNotFound);
    },
  }),
  flows: t.connection(
    {
      type: FlowInterface,
      description: "Flows in order of creation. Operators see all flows, users only their own.",
      authScopes: { signedIn: true },
      args: {
        kind: t.arg({ type: FlowKindEnum }),
        status: t.arg({ type: FlowStatusEnum }),
        onlyTroubled: t.arg.boolean({
          description:
            "Only those that need attention: FAILED or TIMED_OUT, or WAITING for a provider that does not answer.",
        }),
      },
      resolve: (_root, { kind, status, onlyTroubled, ...args }, { caller, services: { db } }) => {
        const filter = {
          userId: ownOnly(caller),
          kind: kind ?? undefined,
          status: status ?? undefined,
          onlyTroubled: onlyTroubled ?? false,
        };
        return connectionById(
          args,
          "flw",
          (page) => pageOfFlows(db, page, filter),
          () => countFlows(db, filter),
        );
      },
    },
    { name: "FlowConnection" },
    { name: "FlowEdge" },
  ),
}));

builder.mutationField("cancelFlow", (t) =>
  t.field({
    type: FlowResult,
    description:
      "Cancels an open flow; the server stops waiting for it. FLOW_ENDED: it has ended already. FLOW_NOT_FOUND: it does not exist or belongs to another user.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      requireCallerOrKey(caller, id);
      return { flow: await cancelFlow(services, caller, id) };
    },
  }));

builder.subscriptionField("flow", (t) =>
  t.field({
    type: FlowInterface,
    description:
      "Sends the flow now and after every change. Stays open after TIMED_OUT, because the flow can be resumed. Completes when the flow ends.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => watchFlow(context, id),
    resolve: (flow) => flow,
  }));

/** Throws a refusal if the caller is neither a user nor an operator, and the id has no key. */
export function requireCallerOrKey(caller: Caller, id: string): void {
  const hasFlows = caller.kind === "user" || caller.kind === "operator";
  if (!hasFlows && !readFlowId(id)?.heldBy) throw refusal(caller, "READ");
}

/** Watches the flow `asked` for a subscription. Throws `FlowNotFound` before it sends anything. */
export async function watchFlow(context: Context, asked: string): Promise<AsyncIterableIterator<Flow>> {
  const { caller, services } = context;
  requireCallerOrKey(caller, asked);
  const { id, heldBy } = await getFlow(services, caller, asked);
  return watchAs(
    context,
    [`flow:${id}`],
    async () => {
      const flow = await services.load.flow.load(id);
      if (!flow) throw new FlowNotFound();
      return heldBy ? { ...flow, heldBy } : flow;
    },
    hasEnded,
    heldBy,
  );
}

/** The user whose data the caller may see; undefined for operators, because they see all. */
export function ownOnly(caller: Caller): string | undefined {
  if (hasRole(caller, "READ")) return undefined;
  const own = ownerOf(caller);
  if (own === null) throw refusal(caller, "READ");
  return own;
}
