import { type Caller, hasRole, mayAct, ownerOf, refusal } from "../src/operations/caller.ts";
import {
  cancelFlow,
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
import { orNull } from "./lib/or_null.ts";
import type { Context } from "./lib/context.ts";
import { AuthErrorCodeEnum, COMMON_ERRORS, errorType } from "./lib/errors.ts";
import { watchAs } from "./lib/subscriptions.ts";
import { UserType } from "./accounts/users.ts";

const FlowKindEnum = builder.enumType("FlowKind", {
  values: FLOW_KINDS.map(({ kind }) => kind),
});

const FlowStatusEnum = builder.enumType("FlowStatus", {
  values: {
    PENDING: { description: "Created; nothing waits on the user yet." },
    WAITING: { description: "The user has something to do elsewhere: in a browser, in an inbox." },
    TIMED_OUT: { description: "We stopped waiting; the flow can be picked up again." },
    SUCCEEDED: {},
    FAILED: {},
    EXPIRED: { description: "Nobody finished it before `expiresAt`." },
    CANCELLED: {},
  } as const,
});

const FlowFailureType = builder.objectRef<FlowFailure>("FlowFailure").implement({
  description: "Why a flow, or a check, did not get on, with the advice that fits.",
  fields: (t) => ({
    code: t.expose("code", { type: AuthErrorCodeEnum }),
    message: t.exposeString("message"),
    actionRequired: t.string({ nullable: true, resolve: (failure) => failure.actionRequired }),
  }),
});

export { FlowFailureType };

const FlowStepType = builder.objectRef<FlowStep>("FlowStep").implement({
  description: "One line of a flow's history, oldest first.",
  fields: (t) => ({
    at: t.field({ type: "DateTime", resolve: (step) => new Date(step.at) }),
    name: t.exposeString("name", {
      description: "What happened: client_ready, flow_created, waiting, tokens_received, verified, …",
    }),
    message: t.string({ resolve: (step, _args, { caller }) => stepFor(caller, step).message }),
    data: t.field({
      type: "JSON",
      description: "Never holds a secret.",
      resolve: (step, _args, { caller }) => stepFor(caller, step).data,
    }),
  }),
});

/** A step without what only operators are told: a provider's address, and what its transport said. */
function stepFor(caller: Caller, { message, data }: FlowStep): Pick<FlowStep, "message" | "data"> {
  if (hasRole(caller, "READ")) return { message, data };
  const { serverUrl, detail: _detail, ...told } = data;
  return { message: message.replace(` at ${serverUrl}`, ""), data: told };
}

/** May `caller` see this flow at all? Each flow type asks, whatever field led to it. */
export function maySeeFlow(flow: Flow, { caller }: Context): boolean {
  return flow.heldBy !== undefined || mayAct(caller, "READ", flow.userId);
}

/** May `caller` approve this flow at its provider? Not with the role READ: that would bring their tokens to its owner. */
export function mayApprove({ userId }: Flow, { caller }: Context): boolean {
  return mayAct(caller, "OPERATE", userId);
}

/** A step without what leads to the page where one approves. */
function withoutPage(step: FlowStep): FlowStep {
  const { tokenFlowId: _id, webUrl: _url, ...data } = step.data;
  return { ...step, data };
}

export const FlowInterface = builder.interfaceRef<Flow>("Flow").implement({
  description: "A multi-step authentication with a life of its own.",
  resolveType: ({ kind }) => typeNameOf(kind),
  fields: (t) => ({
    id: t.id({
      description: "With its key, for who asked by that: they may be nobody yet.",
      resolve: ({ id, heldBy }) => heldBy ?? id,
    }),
    kind: t.expose("kind", { type: FlowKindEnum }),
    status: t.expose("status", { type: FlowStatusEnum }),
    user: t.field({
      type: UserType,
      nullable: true,
      description: "Whose it is; null for what an operator started.",
      resolve: ({ userId }, _args, { caller, services }) =>
        userId !== null && mayAct(caller, "READ", userId) ? services.load.user.load(userId) : null,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    updatedAt: t.expose("updatedAt", { type: "DateTime" }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
    failure: t.expose("failure", { type: FlowFailureType, nullable: true }),
    steps: t.field({
      type: [FlowStepType],
      description: "Its history, oldest first.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.steps : flow.steps.map(withoutPage),
    }),
  }),
});

/** The object type of a kind of flow: `ModalTokenFlow` of `MODAL_TOKEN`. */
function typeNameOf(kind: string): string {
  const words = kind.toLowerCase().split("_");
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}Flow`;
}

const FlowChanged = builder.objectRef<{ flow: Flow }>("FlowChanged").implement({
  fields: (t) => ({ flow: t.expose("flow", { type: FlowInterface }) }),
});

export const FLOW_ERRORS = [
  errorType(FlowNotFound, "No flow of this id exists, or it is somebody else's: one answer for both."),
  errorType(FlowEnded, "The flow has ended; what was asked needs an open one."),
];

/** What a mutation that changes a flow answers. */
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
      "A flow of the caller's own, any flow for an operator, or one by its key; null when there is no such flow.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => {
      refuseNobody(caller, id);
      return orNull(getFlow(services, caller, id), FlowNotFound);
    },
  }),
  flows: t.connection(
    {
      type: FlowInterface,
      description: "Operators see all flows, a user their own; in order of creation.",
      authScopes: { signedIn: true },
      args: { kind: t.arg({ type: FlowKindEnum }), status: t.arg({ type: FlowStatusEnum }) },
      resolve: (_root, args, { caller, services }) =>
        connectionById(args, "flw", (page) =>
          pageOfFlows(services.db, page, {
            userId: ownOnly(caller),
            kind: args.kind ?? undefined,
            status: args.status ?? undefined,
          })),
    },
    { name: "FlowConnection" },
    { name: "FlowEdge" },
  ),
}));

builder.mutationField("cancelFlow", (t) =>
  t.field({
    type: FlowResult,
    description: "Ends an open flow as CANCELLED. Whatever was waiting for it stops.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      refuseNobody(caller, id);
      return { flow: await cancelFlow(services, caller, id) };
    },
  }));

builder.subscriptionField("flow", (t) =>
  t.field({
    type: FlowInterface,
    description:
      "The flow now, then at every change. Stays open across TIMED_OUT, completes when the flow has ended.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => watchFlow(context, id),
    resolve: (flow) => flow,
  }));

/** Who is nobody may ask for a flow by its key alone. Throws what they are refused with otherwise. */
function refuseNobody(caller: Caller, id: string): void {
  if (caller.kind === "nobody" && !readFlowId(id)?.heldBy) throw refusal(caller, "READ");
}

/** The flow `id` as a subscription shows it. Throws `FlowNotFound` before anything is sent. */
export async function watchFlow(context: Context, asked: string): Promise<AsyncIterableIterator<Flow>> {
  const { caller, services } = context;
  refuseNobody(caller, asked);
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

/** The user to whose things the caller is confined; undefined for operators, who see all. */
export function ownOnly(caller: Caller): string | undefined {
  if (hasRole(caller, "READ")) return undefined;
  const own = ownerOf(caller);
  if (own === null) throw refusal(caller, "READ");
  return own;
}
