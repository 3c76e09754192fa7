import { InvalidInput } from "../src/lib/errors.ts";
import { isId } from "../src/lib/ids.ts";
import { type Caller, hasRole, hasScope, mayAct } from "../src/operations/caller.ts";
import { type AuthEvent, countEvents, fromCursor, readEvents, toCursor } from "../src/events/events.ts";
import { followEvents } from "../src/events/follow.ts";
import { builder, seenBy } from "./lib/builder.ts";
import { connection } from "./lib/connections.ts";
import { READS_EVENTS } from "./lib/machine_scopes.ts";
import { ownOnly } from "./flows.ts";
import { whileAllowed } from "./lib/subscriptions.ts";

export const AuthEventType = builder.objectRef<AuthEvent>("AuthEvent").implement({
  description:
    "An entry of the event log. The server writes it in the same transaction as the change that it reports.",
  isTypeOf: seenBy<AuthEvent>((event, { caller }) =>
    readsAll(caller) || mayAct(caller, "READ", event.userId)
  ),
  fields: (t) => ({
    id: t.exposeID("id"),
    cursor: t.string({
      description: "Pass it as `after` to continue after this event, without gaps or duplicates.",
      resolve: (event) => toCursor(event.position),
    }),
    at: t.expose("at", { type: "DateTime" }),
    type: t.exposeString("type", {
      description: "A name in the past tense, such as `flow.succeeded` or `credential.revealed`.",
    }),
    actor: t.exposeString("actor", {
      description: "`user:<id>`, `operator:<name>`, `api_key:<id>` or `system`.",
    }),
    userId: t.exposeID("userId", { nullable: true }),
    sessionId: t.exposeID("sessionId", { nullable: true }),
    flowId: t.exposeID("flowId", { nullable: true }),
    credentialId: t.exposeID("credentialId", { nullable: true }),
    ipAddress: t.string({
      nullable: true,
      description: "The actor's client address. Null for users when the actor is an operator.",
      resolve: (event, _args, { caller }) => maySeeDevice(event, caller) ? event.ipAddress : null,
    }),
    data: t.field({
      type: "JSON",
      description: "Details of the event; the keys depend on `type`. Never contains a secret.",
      resolve: ({ data, ...event }, _args, { caller }) => {
        const { userAgent: _hidden, ...rest } = data;
        return maySeeDevice(event, caller) ? data : rest;
      },
    }),
    requestId: t.exposeString("requestId", {
      nullable: true,
      description:
        "The id of the HTTP request that caused the event. The response had it in the header `x-request-id`, and in each error as `requestId`.",
    }),
  }),
});

/** Whether the caller may read all events: an operator, or a key with `events:read`. */
function readsAll(caller: Caller): boolean {
  return hasRole(caller, "READ") || hasScope(caller, "events:read");
}

/** The user whose events the caller may read; undefined if the caller may read all. */
function onlyOf(caller: Caller): string | undefined {
  return readsAll(caller) ? undefined : ownOnly(caller);
}

/** Whether the caller may see the actor's address and user agent. Users may not see those of operators and keys. */
function maySeeDevice({ actor }: Pick<AuthEvent, "actor">, caller: Caller): boolean {
  return readsAll(caller) || !/^(operator|api_key):/.test(actor);
}

builder.queryField("events", (t) =>
  t.connection(
    {
      type: AuthEventType,
      description:
        "The event log, oldest first; use `last` to page back from the newest. Operators, and keys with `events:read`, see all events, users only their own.",
      authScopes: READS_EVENTS,
      args: { types: t.arg.stringList(), userId: t.arg.id(), flowId: t.arg.id(), credentialId: t.arg.id() },
      resolve: (_root, args, { caller, services }) => {
        const filter = filterOf(args, onlyOf(caller));
        return connection(
          args,
          (event: AuthEvent) => toCursor(event.position),
          ({ after, before, limit, newestFirst }) =>
            readEvents(services.db, {
              after: after === undefined ? undefined : fromCursor(after),
              before: before === undefined ? undefined : fromCursor(before),
              limit,
              newestFirst,
            }, filter),
          () => countEvents(services.db, filter),
        );
      },
    },
    { name: "AuthEventConnection" },
    { name: "AuthEventEdge" },
  ));

builder.subscriptionField("events", (t) =>
  t.field({
    type: AuthEventType,
    description:
      "Sends every event after the cursor `after`, or from now on, without gaps. Operators, and keys with `events:read`, see all events, users only their own.",
    authScopes: READS_EVENTS,
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
      const filter = filterOf(args, onlyOf(caller));
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

/** Maximum number of event types in one filter. */
const MOST_TYPES = 50;

/** Builds the filter, limited to `ownUserId`'s events when it is set. Throws `InvalidInput`. */
function filterOf(args: FilterArgs, ownUserId: string | undefined) {
  const { types, userId, flowId, credentialId } = args;
  if (types && (types.length > MOST_TYPES || !types.every((type) => /^[a-z_.]{1,64}$/.test(type)))) {
    throw new InvalidInput(
      `Cannot read events: types takes up to ${MOST_TYPES} names such as flow.succeeded`,
    );
  }
  for (const [prefix, id] of [["usr", userId], ["flw", flowId], ["crd", credentialId]] as const) {
    if (id != null && !isId(prefix, id)) {
      throw new InvalidInput(
        "Cannot read events: userId, flowId or credentialId is not a valid id",
      );
    }
  }
  // A user that asks for another user's events gets an empty result.
  const none = ownUserId && userId && userId !== ownUserId;
  return {
    types: none ? [] : types ? [...new Set(types)] : undefined,
    userId: ownUserId ?? userId ?? undefined,
    flowId: flowId ?? undefined,
    credentialId: credentialId ?? undefined,
  };
}
