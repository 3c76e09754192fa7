import { findMail } from "../src/accounts/mail/mail.ts";
import { readFlowId } from "../src/flows/flow_key.ts";
import { FlowNotFound, visible } from "../src/flows/flows.ts";
import { InvalidInput } from "../src/lib/errors.ts";
import { type IdPrefix, isId } from "../src/lib/ids.ts";
import { hasRole, mayAct } from "../src/operations/caller.ts";
import { requireCallerOrKey, typeNameOf } from "./flows.ts";
import { builder } from "./lib/builder.ts";
import type { Context } from "./lib/context.ts";
import { NodeInterface } from "./lib/node.ts";
import { orNull } from "./lib/or_null.ts";

/** Maximum number of ids in one `nodes`. */
const MOST_NODES = 100;

type Found = { id: string } | null | undefined;

type NodeKind = {
  /** Reads the object, if the caller may see it. */
  read: (context: Context, id: string) => Promise<Found>;
  typeOf: (found: object) => string;
};

/** The types that implement Node, by the prefix of their ids. Events do not: the log is read by cursor, not by id. */
const NODE_KINDS = {
  usr: {
    typeOf: () => "User",
    read: async ({ caller, services }, id) =>
      mayAct(caller, "READ", id) ? await services.load.user.load(id) : null,
  },
  ses: {
    typeOf: () => "Session",
    read: async ({ caller, services }, id) => {
      const session = await services.load.session.load(id);
      const isLive = session && session.endedAt === null && session.expiresAt > services.now();
      return isLive && mayAct(caller, "READ", session.userId) ? session : null;
    },
  },
  crd: {
    typeOf: () => "Credential",
    read: async ({ caller, services }, id) => {
      const credential = await services.load.credential.load(id);
      return credential && mayAct(caller, "READ", credential.ownerId) ? credential : null;
    },
  },
  flw: {
    typeOf: (flow) => "kind" in flow ? typeNameOf(String(flow.kind)) : "",
    read: async ({ caller, services }, id) => {
      const reference = readFlowId(id);
      const flow = reference && await services.load.flow.load(reference.id);
      return orNull(Promise.resolve().then(() => visible(caller, reference, flow)), FlowNotFound);
    },
  },
  mal: {
    typeOf: () => "Mail",
    read: async ({ caller, services }, id) =>
      hasRole(caller, "READ") ? await findMail(services.db, id) : null,
  },
  opr: {
    typeOf: () => "Operator",
    read: async ({ caller, services }, id) =>
      hasRole(caller, "READ") ? await services.load.operator.load(id) : null,
  },
} satisfies Partial<Record<IdPrefix, NodeKind>>;

type NodePrefix = keyof typeof NODE_KINDS;

const PREFIXES = Object.keys(NODE_KINDS) as NodePrefix[];

NodeInterface.implement({
  description: "An object that `node` returns by its id. Ids are unique across all types.",
  resolveType: (found) => kindOf(found.id)?.typeOf(found),
  fields: (t) => ({ id: t.exposeID("id") }),
});

/** Returns the kind of object with this id, or undefined if the id is malformed. A flow's id may include its key. */
function kindOf(id: string): NodeKind | undefined {
  const plain = id.split(".")[0] ?? "";
  const prefix = PREFIXES.find((each) => isId(each, plain));
  return prefix && (prefix === "flw" || plain === id) ? NODE_KINDS[prefix] : undefined;
}

/** Returns the object, or null if the caller may not see it or it does not exist. */
async function findNode(context: Context, id: string): Promise<{ id: string } | null> {
  requireCallerOrKey(context.caller, id);
  return await kindOf(id)?.read(context, id) ?? null;
}

builder.queryFields((t) => ({
  node: t.field({
    type: NodeInterface,
    nullable: true,
    description:
      "Returns the object with this id (Relay's global object identification). Null if it does not exist or the caller may not see it. Anonymous callers can only read a flow, by its id with its key; other ids fail with UNAUTHENTICATED.",
    authScopes: { anyone: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    type: [NodeInterface],
    nullable: { list: false, items: true },
    description:
      `Returns the objects with these ids, up to ${MOST_NODES}, in the same order, like \`node\` for each id.`,
    authScopes: { anyone: true },
    args: { ids: t.arg.idList({ required: true }) },
    resolve: (_root, { ids }, context) => {
      if (ids.length > MOST_NODES) {
        throw new InvalidInput(`Cannot read these objects: ids takes up to ${MOST_NODES}`);
      }
      return Promise.all(ids.map((id) => findNode(context, id)));
    },
  }),
}));
