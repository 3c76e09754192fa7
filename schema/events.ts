import type { DefaultConnectionArguments } from "@pothos/plugin-relay";
import { type Caller, hasRole, hasScope, mayAct } from "../src/operations/caller.ts";
import { checkCursor, fromCursor, toCursor } from "../src/events/cursor.ts";
import { type AuthEvent, countEvents, prunedUpTo, readEvents } from "../src/events/events.ts";
import type { EventFilter } from "../src/events/event_filter.ts";
import { followEvents } from "../src/events/follow.ts";
import { filterArgs, filterOf } from "./event_filter.ts";
import type { Page } from "../src/lib/paging.ts";
import { builder, seenBy } from "./lib/builder.ts";
import { connection } from "./lib/connections.ts";
import type { SchemaServices } from "./lib/context.ts";
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
      resolve: toCursor,
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
        const { userAgent: _agent, block: _block, ...rest } = data;
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

const AuthEventEdge = builder.edgeObject({ type: AuthEventType, name: "AuthEventEdge" });

export const AuthEventConnection = builder.connectionObject(
  { type: AuthEventType, name: "AuthEventConnection" },
  AuthEventEdge,
);

/** Returns one page of the events that match. Throws `CursorExpired`. */
export async function pageOfEvents(
  { db }: Pick<SchemaServices, "db">,
  args: DefaultConnectionArguments,
  filter: EventFilter,
) {
  // Read before the events: the reader does not know of a deletion in between.
  const pruned = await prunedUpTo(db, filter.types);
  const read = ({ after, before, limit, newestFirst }: Page) => {
    const start = after === undefined ? undefined : fromCursor(after);
    if (start) checkCursor(start, pruned);
    const end = before === undefined ? undefined : fromCursor(before);
    const range = { after: start?.position, before: end?.position, limit, newestFirst, pruned };
    return readEvents(db, range, filter);
  };
  return await connection(args, toCursor, read, () => countEvents(db, filter));
}

builder.queryField("events", (t) =>
  t.connection(
    {
      type: AuthEventType,
      description:
        "The event log, oldest first; use `last` to page back from the newest. The error `CURSOR_EXPIRED` means that old events after `after` were deleted; continue from `extensions.cursor`. Operators, and keys with `events:read`, see all events, users only their own.",
      authScopes: READS_EVENTS,
      args: filterArgs(),
      resolve: async (_root, args, { caller, services }) =>
        pageOfEvents(services, args, await filterOf(args, onlyOf(caller), services)),
    },
    AuthEventConnection,
    AuthEventEdge,
  ));

builder.subscriptionField("events", (t) =>
  t.field({
    type: AuthEventType,
    description:
      "Sends every event after the cursor `after`, or from now on, without gaps. The error `CURSOR_EXPIRED` means that old events after `after` were deleted; continue from `extensions.cursor`. Operators, and keys with `events:read`, see all events, users only their own.",
    authScopes: READS_EVENTS,
    args: { after: t.arg.string(), ...filterArgs() },
    subscribe: async (_root, args, context) => {
      const { caller, services } = context;
      const after = args.after == null ? undefined : fromCursor(args.after);
      const filter = await filterOf(args, onlyOf(caller), services);
      return whileAllowed(
        context,
        await followEvents({ db: services.db, log: services.eventLog }, filter, after),
      );
    },
    resolve: (event) => event,
  }));
