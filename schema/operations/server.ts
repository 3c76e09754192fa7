import { type Check, type ServerHealth, serverHealth } from "../../src/operations/health/server.ts";
import type { Setting } from "../../src/operations/health/setting.ts";
import { WINDOW_SECONDS } from "../../src/operations/metrics/metrics.ts";
import { builder } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { AuthEventType } from "../events.ts";
import { everySecond } from "../lib/every_second.ts";
import { READS_METRICS } from "../lib/machine_scopes.ts";
import { whileAllowed } from "../lib/subscriptions.ts";

/** Facts about this process. Most fields read the services; only the database version needs a query. */
export const ServerInfo = builder.objectRef<{ databaseVersion: string }>("ServerInfo").implement({
  description: "The instance that answers: version, database and configuration.",
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
      description: "The external systems that are emulated. Empty in production.",
      resolve: (_info, _args, { services }) => [...services.server.emulated],
    }),
    inboxUrl: t.field({
      type: "URL",
      nullable: true,
      description:
        "The page that shows emulated mail; null when mail is not emulated. Only the server's own machine can open it.",
      resolve: (_info, _args, { services }) => services.server.inboxUrl ?? null,
    }),
  }),
});

const ConfigurationVariableType = builder.objectRef<Setting>("ConfigurationVariable").implement({
  description: "An environment variable of the server.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    name: t.exposeString("name"),
    about: t.exposeString("about", { description: "Its purpose, in Markdown." }),
    isSet: t.exposeBoolean("isSet", { description: "Whether the environment sets it." }),
    value: t.exposeString("value", {
      nullable: true,
      description: "The value or the default. Null for secrets, and for unset variables without a default.",
    }),
    isSecret: t.exposeBoolean("isSecret", { description: "Whether it is set to a secret." }),
  }),
});

const AuthMetrics = builder.objectRef<Context["services"]>("AuthMetrics").implement({
  description: "Counters of this instance over the last five minutes.",
  authScopes: READS_METRICS,
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
  description: "The result of a health check.",
  fields: (t) => ({
    name: t.exposeString("name"),
    ok: t.exposeBoolean("ok"),
    message: t.exposeString("message", { description: "The result. If `ok` is false, it says what to do." }),
    series: t.string({
      nullable: true,
      description: "The name of the series that shows this check over time. Null if there is none.",
      resolve: ({ series }) => series ?? null,
    }),
  }),
});

const SampleType = builder.objectRef<{ at: Date; value: number }>("Sample").implement({
  fields: (t) => ({ at: t.expose("at", { type: "DateTime" }), value: t.exposeFloat("value") }),
});

const SeriesType = builder.objectRef<ServerHealth["series"][number]>("Series").implement({
  description: "One sample per second over the last five minutes.",
  fields: (t) => ({
    name: t.exposeString("name"),
    unit: t.exposeString("unit"),
    samples: t.expose("samples", { type: [SampleType] }),
  }),
});

const ServerHealthType = builder.objectRef<ServerHealth>("ServerHealth").implement({
  description: "The present health of this instance. Requires the role READ.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    instanceId: t.exposeID("instanceId"),
    checks: t.expose("checks", { type: [CheckType] }),
    tailLagSeconds: t.exposeFloat("tailLagSeconds", { description: "How far the event log lags behind." }),
    jobs: t.expose("jobs", {
      type: "JSON",
      description: "A map from queue name to `{ queued, active, failed, dead }`.",
    }),
    hashQueue: t.exposeInt("hashQueue", { description: "Password hashes that wait in the queue." }),
    subscribers: t.exposeInt("subscribers", { description: "Listeners of the event log." }),
    waitingFlows: t.exposeInt("waitingFlows", {
      description: "Flows of providers that this instance polls.",
    }),
    series: t.expose("series", { type: [SeriesType] }),
    recentErrors: t.expose("recentErrors", {
      type: [AuthEventType],
      description: "The last ten events that report a failure, newest first.",
    }),
  }),
});

builder.queryFields((t) => ({
  server: t.field({
    type: ServerInfo,
    description:
      "The instance that answers: version, database, configured and emulated systems. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: async (_root, _args, { services }) => ({
      databaseVersion: await services.server.database.version(),
    }),
  }),
  configuration: t.field({
    type: [ConfigurationVariableType],
    description: "The configuration of the instance that answers, without secrets. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => [...services.server.settings],
  }),
  serverHealth: t.field({
    type: ServerHealthType,
    description: "The present health of this instance. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => serverHealth(services, services.checks),
  }),
  metrics: t.field({
    type: AuthMetrics,
    description:
      "Counters of this instance over the last five minutes. Requires the role READ, or a key with `metrics:read`.",
    authScopes: READS_METRICS,
    resolve: (_root, _args, { services }) => services,
  }),
}));

builder.subscriptionField("serverHealth", (t) =>
  t.field({
    type: ServerHealthType,
    description: "Sends the health of this instance once a second. Requires the role READ.",
    authScopes: { operator: "READ" },
    subscribe: (_root, _args, context) =>
      whileAllowed(context, everySecond(() => serverHealth(context.services, context.services.checks))),
    resolve: (health) => health,
  }));
