import DataLoader from "dataloader";
import { buildSchema } from "../schema/schema.ts";
import type { SchemaServices } from "../schema/context.ts";
import type { Caller } from "./caller.ts";
import type { Config } from "./config.ts";
import { randomBytes } from "./crypto.ts";
import type { Database } from "./db/database.ts";
import type { DatabaseObserver } from "./db/observed_dialect.ts";
import { Unauthenticated } from "./errors.ts";
import { startEventLog } from "./events/event_log.ts";
import { findFlows } from "./flows/flow_store.ts";
import { expireFlows } from "./flows/flows.ts";
import { createGraphqlServer, type RequestFacts } from "./http/graphql.ts";
import { createRouter, type Fetch } from "./http/router.ts";
import { createWebSocketTransport } from "./http/websocket.ts";
import { startInstance } from "./instances/instances.ts";
import { startJobs } from "./jobs/jobs.ts";
import type { Keyring } from "./keys/root_key.ts";
import { admitRootKey } from "./keys/root_key_guard.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { ModalApi } from "./modal/modal_api.ts";
import { createModalClient } from "./modal/modal_client.ts";
import { createModalWaiter } from "./modal/waiter.ts";
import { authenticateOperator } from "./operators/operators.ts";
import { createModalCheck, readinessChecks, type ServerFacts } from "./server/server.ts";
import type { Services } from "./services.ts";
import { sweepVault } from "./vault/sweep.ts";
import { resealVault } from "./vault/vault.ts";
import { findCredentials } from "./vault/vault_store.ts";
import { VERSION } from "./version.ts";

/** What the app is made of and does not make itself. */
export type Parts = {
  /** Opens the database, telling `observe` of every statement. The app closes it. Its schema is current. */
  openDatabase: (observe: DatabaseObserver) => Promise<Database>;
  keys: Keyring;
  /** Which outside systems are stand-ins. */
  emulated?: readonly string[];
  /** GraphiQL, introspection and suggestions. */
  development?: boolean;
  now?: () => Date;
  modal?: ModalApi;
};

export type App = {
  /** Answers a request; give the connection's address with it. */
  fetch: Fetch;
  services: SchemaServices;
  /** The first half of stopping: not ready any more, and every subscription ends, so that requests can finish. */
  drain(): Promise<void>;
  /** Hands back waits and jobs and closes everything, in the opposite order of its making. Drains first. */
  close(): Promise<void>;
};

/** Jobs that still run at the end get this long. */
const JOBS_CLOSE_SECONDS = 8;

/** Everything, wired in the order it depends on each other. */
export async function createApp(config: Config, parts: Parts): Promise<App> {
  const now = parts.now ?? (() => new Date());
  const stopping = new AbortController();

  const metrics = createMetrics(now, {
    tailLagSeconds: { help: "Seconds the event tail is behind", read: () => eventLog.lagSeconds },
    subscribers: { help: "Listeners of the event log", read: () => eventLog.listeners },
    waitingFlows: { help: "Waits for Modal held by this instance", read: () => waiter.waiting },
  });
  const database = await parts.openDatabase((outcome) => {
    metrics.add(outcome === "ok" ? "databaseOperations" : "databaseFailures");
  });
  const { db } = database;
  await admitRootKey(db, parts.keys, now());

  const eventLog = await startEventLog(database, now);
  eventLog.listen(["all"], () => metrics.add("events"));
  const modal = parts.modal ?? createModalClient({ serverUrl: config.MODAL_SERVER_URL });
  const instance = await startInstance(db, now, database.kind === "pglite");
  const services: Services = {
    db,
    now,
    random: randomBytes,
    wakeLog: eventLog.wake,
    keys: parts.keys,
    modal,
    instanceId: instance.id,
  };
  const modalWait = {
    pollSeconds: config.MODAL_POLL_SECONDS,
    maxAttempts: config.MODAL_MAX_ATTEMPTS,
    flowLifetimeSeconds: config.MODAL_FLOW_MINUTES * 60,
  };
  const waiter = createModalWaiter({ ...services, modalWait }, eventLog);
  instance.onRenewed(() => waiter.takeOver());

  const jobs = await startJobs(database, [
    { name: "flows.expire", cron: "*/10 * * * * *", run: () => expireFlows(services) },
    { name: "vault.sweep", cron: config.VAULT_SWEEP_CRON, atStart: true, run: () => sweepVault(services) },
    { name: "vault.reseal", cron: "30 * * * *", atStart: true, run: () => resealVault(services) },
  ]);

  const server: ServerFacts = {
    version: VERSION,
    startedAt: instance.startedAt,
    instanceId: instance.id,
    database,
    modalServerUrl: config.MODAL_SERVER_URL,
    emulated: parts.emulated ?? [],
    waitingFlows: () => waiter.waiting,
  };
  const schemaServices: SchemaServices = {
    ...services,
    modalWait,
    beginWait: waiter.begin,
    subscriptions: new Set(),
    eventLog,
    jobs,
    metrics,
    server,
    modalCheck: createModalCheck(modal, now),
    load: {
      flow: batched((ids) => findFlows(db, ids)),
      credential: batched((ids) => findCredentials(db, ids)),
    },
  };

  const identify = (facts: RequestFacts) => identifyCaller(schemaServices, facts);
  const graphql = createGraphqlServer({
    schema: buildSchema(),
    development: parts.development ?? false,
    allowedOrigins: config.ALLOWED_ORIGINS,
    identify,
    services: schemaServices,
    onFault: () => metrics.add("failures"),
  });
  const websocket = createWebSocketTransport(graphql);
  const fetch = createRouter({
    graphql,
    websocket,
    metrics,
    publicOrigin: config.PUBLIC_URL ?? `http://${config.HOST}:${config.PORT}`,
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
    identify,
    readiness: () => readinessChecks(schemaServices),
    stopping: stopping.signal,
  });

  const drain = async () => {
    stopping.abort();
    for (const end of [...schemaServices.subscriptions]) end();
    await websocket.close();
  };
  return {
    fetch,
    services: schemaServices,
    drain,
    close: async () => {
      await drain();
      await waiter.close();
      await jobs.close(JOBS_CLOSE_SECONDS);
      await instance.close();
      await eventLog.close();
      modal.close();
      await database.close();
    },
  };
}

/** Reads rows by id, all that are asked for in one turn in one query; keeps nothing. */
function batched<T>(
  find: (ids: readonly string[]) => Promise<Map<string, T>>,
): DataLoader<string, T | undefined> {
  return new DataLoader(async (ids) => {
    const found = await find([...new Set(ids)]);
    return ids.map((id) => found.get(id));
  }, { cache: false });
}

/**
 * Who makes this request. A token that is not good (any more) makes the caller nobody: every field then answers
 * in its own form. Throws `Unavailable` when the database cannot be asked.
 */
async function identifyCaller(
  services: Pick<SchemaServices, "db" | "now" | "metrics">,
  { authorization, ipAddress }: RequestFacts,
): Promise<Caller> {
  const token = /^Bearer ([!-~]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return { kind: "nobody", ipAddress };
  try {
    const { id, name, role, expiresAt } = await authenticateOperator(services, token);
    services.metrics.add("tokenValidations");
    return { kind: "operator", operatorId: id, name, role, expiresAt, ipAddress };
  } catch (error) {
    if (!(error instanceof Unauthenticated)) throw error;
    services.metrics.add("tokenValidationFailures");
    return { kind: "nobody", ipAddress };
  }
}
