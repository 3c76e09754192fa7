import { InvalidInput } from "../src/lib/errors.ts";
import { isId } from "../src/lib/ids.ts";
import { type Caller, hasRole, mayAct } from "../src/operations/caller.ts";
import { type AuthEvent, fromCursor, readEvents, toCursor } from "../src/events/events.ts";
import { followEvents } from "../src/events/follow.ts";
import { builder, seenBy } from "./lib/builder.ts";
import { connection } from "./lib/connections.ts";
import { ownOnly } from "./flows.ts";
import { whileAllowed } from "./lib/subscriptions.ts";

export const AuthEventType = builder.objectRef<AuthEvent>("AuthEvent").implement({
  description: "A fact in the past tense, written in the same transaction as the change it reports.",
  isTypeOf: seenBy<AuthEvent>((event, { caller }) => mayAct(caller, "READ", event.userId)),
  fields: (t) => ({
    id: t.exposeID("id"),
    cursor: t.string({
      description: "Pass as `after` to go on from here: nothing lost, nothing twice.",
      resolve: (event) => toCursor(event.position),
    }),
    at: t.expose("at", { type: "DateTime" }),
    type: t.exposeString("type", {
      description: "Past tense, like `flow.succeeded` or `credential.revealed`.",
    }),
    actor: t.exposeString("actor", { description: "`user:<id>`, `operator:<name>` or `system`." }),
    userId: t.exposeID("userId", { nullable: true }),
    sessionId: t.exposeID("sessionId", { nullable: true }),
    flowId: t.exposeID("flowId", { nullable: true }),
    credentialId: t.exposeID("credentialId", { nullable: true }),
    ipAddress: t.string({
      nullable: true,
      description: "Of an operator, only operators see it.",
      resolve: (event, _args, { caller }) => maySeeDevice(event, caller) ? event.ipAddress : null,
    }),
    data: t.field({
      type: "JSON",
      description: "Never holds a secret.",
      resolve: ({ data, ...event }, _args, { caller }) => {
        const { userAgent: _hidden, ...rest } = data;
        return maySeeDevice(event, caller) ? data : rest;
      },
    }),
  }),
});

/** Where an operator sits and with what is not for the people whom they help. */
function maySeeDevice({ actor }: Pick<AuthEvent, "actor">, caller: Caller): boolean {
  return hasRole(caller, "READ") || !actor.startsWith("operator:");
}

builder.queryField("events", (t) =>
  t.connection(
    {
      type: AuthEventType,
      description:
        "The log, oldest first; `last` pages from the newest. Operators see all, a user their own.",
      authScopes: { signedIn: true },
      args: { types: t.arg.stringList(), userId: t.arg.id(), flowId: t.arg.id(), credentialId: t.arg.id() },
      resolve: (_root, args, { caller, services }) =>
        connection(
          args,
          (event: AuthEvent) => toCursor(event.position),
          ({ after, before, limit, newestFirst }) =>
            readEvents(services.db, {
              after: after === undefined ? undefined : fromCursor(after),
              before: before === undefined ? undefined : fromCursor(before),
              limit,
              newestFirst,
            }, filterOf(args, ownOnly(caller))),
        ),
    },
    { name: "AuthEventConnection" },
    { name: "AuthEventEdge" },
  ));

builder.subscriptionField("events", (t) =>
  t.field({
    type: AuthEventType,
    description: "Every event from `after`, or from now, without a gap. Operators see all, a user their own.",
    authScopes: { signedIn: true },
    args: {
      after: t.arg.string(),
      types: t.arg.stringList(),
      userId: t.arg.id(),
      flowId: t.arg.id(),
      credentialId: t.arg.id(),
    },
    subscribe: async (_root, args, context) => {
      const { caller, services } = context;
      const after = args.after == null ? undefined : fromCursor(args.after);
      const filter = filterOf(args, ownOnly(caller));
      return whileAllowed(
        context,
        await followEvents({ db: services.db, log: services.eventLog }, filter, after),
      );
    },
    resolve: (event) => event,
  }));

type FilterArgs = {
  types?: string[] | null | undefined;
  userId?: string | null | undefined;
  flowId?: string | null | undefined;
  credentialId?: string | null | undefined;
};

/** Types that one reader can ask for. */
const MOST_TYPES = 50;

/** What the arguments ask for, confined to `ownUserId`'s events when there is one. Throws `InvalidInput`. */
function filterOf(args: FilterArgs, ownUserId: string | undefined) {
  const { types, userId, flowId, credentialId } = args;
  if (types && (types.length > MOST_TYPES || !types.every((type) => /^[a-z_.]{1,64}$/.test(type)))) {
    throw new InvalidInput(`Cannot answer: types holds up to ${MOST_TYPES} names like flow.succeeded`);
  }
  for (const [prefix, id] of [["usr", userId], ["flw", flowId], ["crd", credentialId]] as const) {
    if (id != null && !isId(prefix, id)) {
      throw new InvalidInput(
        "Cannot answer: userId, flowId or credentialId does not have the form of such an id",
      );
    }
  }
  // Whoever asks for somebody else's events gets those that are both: none.
  const none = ownUserId && userId && userId !== ownUserId;
  return {
    types: none ? [] : types ? [...new Set(types)] : undefined,
    userId: ownUserId ?? userId ?? undefined,
    flowId: flowId ?? undefined,
    credentialId: credentialId ?? undefined,
  };
}
