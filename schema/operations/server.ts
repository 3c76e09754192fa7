import { type Check, type ServerHealth, serverHealth } from "../../src/operations/health/server.ts";
import { WINDOW_SECONDS } from "../../src/operations/metrics/metrics.ts";
import { builder } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { AuthEventType } from "../events.ts";
import { everySecond } from "../lib/every_second.ts";
import { whileAllowed } from "../lib/subscriptions.ts";

/** Types about this process hold nothing of their own: their fields ask the services. */
export const ServerInfo = builder.objectRef<{ databaseVersion: string }>("ServerInfo").implement({
  description: "What this process is.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    version: t.string({ resolve: (_info, _args, { services }) => services.server.version }),
    startedAt: t.field({
      type: "DateTime",
      resolve: (_info, _args, { services }) => services.server.startedAt,
    }),
    database: t.exposeString("databaseVersion", { description: "`pglite` or `postgres <version>`." }),
    instanceId: t.id({ resolve: (_info, _args, { services }) => services.server.instanceId }),
    mailConfigured: t.boolean({ resolve: (_info, _args, { services }) => services.mailConfigured }),
    emulated: t.stringList({
      description: "Which outside systems are emulated; empty in production.",
      resolve: (_info, _args, { services }) => [...services.server.emulated],
    }),
    inboxUrl: t.field({
      type: "URL",
      nullable: true,
      description: "When mail is emulated: the page where it is read, on the server's own machine alone.",
      resolve: (_info, _args, { services }) => services.server.inboxUrl ?? null,
    }),
  }),
});

const AuthMetrics = builder.objectRef<Context["services"]>("AuthMetrics").implement({
  description: "Counts of this instance over the last five minutes.",
  authScopes: { operator: "READ" },
  fields: (t) => {
    const recent = (count: Parameters<Context["services"]["metrics"]["recent"]>[0]) =>
      t.int({ resolve: ({ metrics, now }) => metrics.recent(count, now()) });
    return {
      instanceId: t.id({ resolve: ({ server }) => server.instanceId }),
      windowSeconds: t.int({ resolve: () => WINDOW_SECONDS }),
      tokenValidations: recent("tokenValidations"),
      tokenValidationFailures: recent("tokenValidationFailures"),
      timingFailures: recent("timingFailures"),
      signIns: recent("signIns"),
      signInFailures: recent("signInFailures"),
      stateTransitions: recent("stateTransitions"),
      stateTransitionFailures: recent("stateTransitionFailures"),
      databaseOperations: recent("databaseOperations"),
      databaseFailures: recent("databaseFailures"),
    };
  },
});

const CheckType = builder.objectRef<Check>("Check").implement({
  fields: (t) => ({
    name: t.exposeString("name"),
    ok: t.exposeBoolean("ok"),
    message: t.exposeString("message", { description: "Says what to do when it is not ok." }),
  }),
});

const SampleType = builder.objectRef<{ at: Date; value: number }>("Sample").implement({
  fields: (t) => ({ at: t.expose("at", { type: "DateTime" }), value: t.exposeFloat("value") }),
});

const SeriesType = builder.objectRef<ServerHealth["series"][number]>("Series").implement({
  description: "One sample a second for the last five minutes.",
  fields: (t) => ({
    name: t.exposeString("name"),
    unit: t.exposeString("unit"),
    samples: t.expose("samples", { type: [SampleType] }),
  }),
});

const ServerHealthType = builder.objectRef<ServerHealth>("ServerHealth").implement({
  description: "This instance, now.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    instanceId: t.exposeID("instanceId"),
    checks: t.expose("checks", { type: [CheckType] }),
    tailLagSeconds: t.exposeFloat("tailLagSeconds"),
    jobs: t.expose("jobs", {
      type: "JSON",
      description: "Queue name to `{ queued, active, failed, dead }`.",
    }),
    hashQueue: t.exposeInt("hashQueue"),
    subscribers: t.exposeInt("subscribers"),
    waitingFlows: t.exposeInt("waitingFlows"),
    series: t.expose("series", { type: [SeriesType] }),
    recentErrors: t.expose("recentErrors", { type: [AuthEventType] }),
  }),
});

builder.queryFields((t) => ({
  server: t.field({
    type: ServerInfo,
    description: "What answers: version, database, what is configured and what is emulated.",
    authScopes: { operator: "READ" },
    resolve: async (_root, _args, { services }) => ({
      databaseVersion: await services.server.database.version(),
    }),
  }),
  serverHealth: t.field({
    type: ServerHealthType,
    description: "This instance, now.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => serverHealth(services, services.checks),
  }),
  metrics: t.field({
    type: AuthMetrics,
    description: "Counts of this instance over the last five minutes.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => services,
  }),
}));

builder.subscriptionField("serverHealth", (t) =>
  t.field({
    type: ServerHealthType,
    description: "This instance, once a second.",
    authScopes: { operator: "READ" },
    subscribe: (_root, _args, context) =>
      whileAllowed(context, everySecond(() => serverHealth(context.services, context.services.checks))),
    resolve: (health) => health,
  }));
