import { buildSchema } from "../schema/schema.ts";
import type { SchemaServices } from "../schema/lib/context.ts";
import { openAssets } from "./http/assets/assets.ts";
import { OpenSubscriptions } from "../schema/lib/open_subscriptions.ts";
import type { Config } from "./config.ts";
import { randomBytes } from "./lib/crypto.ts";
import { startEventLog } from "./events/event_log.ts";
import { createDevices } from "./accounts/devices/devices.ts";
import { createConsentPages } from "./http/pages/consent_pages.ts";
import { createGraphqlServer, type RequestFacts } from "./http/graphql/graphql.ts";
import { createHtmlPages } from "./http/pages/html_page.ts";
import { identifyCaller } from "./http/identify.ts";
import { createBodyReader } from "./http/read_body.ts";
import { createRouter, type Fetch } from "./http/router.ts";
import { offersOf } from "./http/pages/offers.ts";
import type { ListenAddress, WebSocketListener } from "./http/web_socket/web_socket_listener.ts";
import { createWebSockets, type WebSocketOverrides } from "./http/web_socket/web_sockets.ts";
import { startInstance } from "./operations/instances/instances.ts";
import { openJobs } from "./platform/jobs/jobs.ts";
import { atLocalhost, relatedOrigins, relyingPartyOf } from "./accounts/factors/passkeys/relying_party.ts";
import { requireFreshProof } from "./accounts/factors/step_up.ts";
import { openSigningKeys } from "./accounts/sessions/signing_keys.ts";
import { createAllowances } from "./operations/limits/allowances.ts";
import { createLimits } from "./operations/limits/limits.ts";
import { amrOfMethod, isForGuests, settingsOf } from "./sign_in/methods.ts";
import { createHashQueue, PLACES } from "./sign_in/password/hash_queue.ts";
import { argon2id } from "./lib/password_hash.ts";
import { VerifiedTokenCache } from "./accounts/sessions/verified_token_cache.ts";
import { trackRevokedSessions } from "./accounts/sessions/revoked_sessions.ts";
import { noteSeenSessions } from "./accounts/sessions/seen_sessions.ts";
import { recordRefusals } from "./accounts/refusals/refusals.ts";
import { noteTimingFailures } from "./accounts/sessions/token_timing.ts";
import { admitRootKey } from "./platform/keys/root_key_guard.ts";
import { MAIL_QUEUE } from "./accounts/mail/mail.ts";
import { MAIL_WRITERS, noteMail } from "./wiring/mail_writers.ts";
import { configuredMailer } from "./platform/mail/mailer.ts";
import { MAIL_PAUSES, sendMail } from "./accounts/mail/send_mail.ts";
import { createLoaders } from "./wiring/loaders.ts";
import { createMetrics } from "./operations/metrics/metrics.ts";
import { addressesIn } from "./platform/network/address_ranges.ts";
import { urlHost } from "./platform/network/ip_address.ts";
import { connectProviders, startProviders } from "./providers/providers.ts";
import type { AppOverrides } from "./wiring/app_overrides.ts";
import { DIAGNOSIS } from "./wiring/diagnosis.ts";
import { clearedSubjects } from "./diagnosis/clear_limits.ts";
import { otherChecks } from "./wiring/health_checks.ts";
import { recurringWork } from "./wiring/recurring_work.ts";
import { failedChecks, readinessChecks, type ServerFacts } from "./operations/health/server.ts";
import { lifetimesOf, limitsOf } from "./wiring/settings.ts";
import { scheduleRefreshes } from "./vault/refresh_scheduler.ts";
import { createRefresher } from "./vault/refresh.ts";
import { VERSION } from "./lib/version.ts";

export type App = {
  /** Handles a request. Pass the address of its connection. */
  fetch: Fetch;
  /** Serves requests and WebSockets at an address. */
  listen(address: ListenAddress, headMs?: number): Promise<WebSocketListener>;
  /** Serves only WebSockets at an address. */
  listenForWebSockets(address: ListenAddress, headMs?: number): Promise<WebSocketListener>;
  services: SchemaServices;
  /** Starts stopping: the server reports not ready and ends all subscriptions, so that requests can finish. */
  drain(): Promise<void>;
  /** Drains, releases polls and jobs, and closes everything in reverse order of creation. */
  close(): Promise<void>;
};

/** Time for running jobs to finish at the end. */
const JOBS_CLOSE_SECONDS = 8;

/** Time for running token refreshes to finish and be stored at the end. */
const REFRESHES_CLOSE_SECONDS = 4;

/** Creates all parts of the server in order of dependency, and connects them. */
export async function createApp(config: Config, overrides: AppOverrides & WebSocketOverrides): Promise<App> {
  const now = overrides.now ?? (() => new Date());
  const stopping = new AbortController();
  // Closes all created parts in reverse order if a later step fails or the app closes.
  await using made = new AsyncDisposableStack();

  const metrics = createMetrics(now, {
    tailLagSeconds: {
      help: "Lag of the event log in seconds",
      read: () => eventLog.lagSeconds,
      aggregator: "max",
    },
    subscribers: { help: "Listeners of the event log", read: () => eventLog.listeners },
    waitingFlows: { help: "Flows of providers polled by this instance", read: () => waitingFlows() },
    hashQueue: { help: "Hashes of passwords that wait for their turn", read: () => passwords.waiting },
    refreshesUnderWay: { help: "Refreshes of credentials under way", read: () => refresher.underWay },
    revokedSessions: {
      help: "Ended sessions kept in memory",
      read: () => revokedSessions.size,
      aggregator: "max",
    },
  }, overrides.workers);
  made.defer(() => metrics.close());
  const database = await overrides.openDatabase((outcome) => {
    metrics.add(outcome === "ok" ? "databaseOperations" : "databaseFailures");
  });
  made.defer(() => database.close());
  const { db } = database;
  await admitRootKey(db, overrides.keys, now());

  const eventLog = await startEventLog(database, now);
  made.defer(() => eventLog.close());
  eventLog.listen(["all"], () => metrics.add("events"));
  const instance = await startInstance(db, now, database.kind === "pglite");
  made.defer(() => instance.close());
  const jobs = await openJobs(database, [{ name: MAIL_QUEUE, pauses: overrides.mailPauses ?? MAIL_PAUSES }]);
  made.defer(() => jobs.close(JOBS_CLOSE_SECONDS));
  const mailer = configuredMailer(config);
  const ownOrigin = new URL(`http://${urlHost(config.HOST)}:${config.PORT}`).origin;
  const ownUrl = () => overrides.listensAt?.() ?? ownOrigin;
  const issuer = config.PUBLIC_URL ?? UNNAMED_ISSUER;
  const lifetimes = lifetimesOf(config);
  const signingKeys = await openSigningKeys(
    { db, now, keys: overrides.keys, wakeLog: eventLog.wake },
    config.ACCESS_TOKEN_ALGORITHM,
  );
  made.defer(eventLog.listen(["type:signing_key.added"], () => void signingKeys.reload().catch(() => {})));
  const revokedSessions = await trackRevokedSessions({ db, now, lifetimes }, eventLog);
  made.defer(() => revokedSessions.close());
  const seenSessions = noteSeenSessions({ db, now });
  made.defer(() => seenSessions.close());
  const timingFailures = noteTimingFailures({ db, now, wakeLog: eventLog.wake, count: metrics.add });
  made.defer(() => timingFailures.close());
  const refusals = recordRefusals({ db, now, keys: overrides.keys, wakeLog: eventLog.wake });
  made.defer(() => refusals.close());
  const passwords = createHashQueue(
    overrides.passwordHash ?? argon2id,
    metrics.observeHash,
    overrides.hashesAtOnce,
  );
  const refreshHorizonSeconds = config.VAULT_REFRESH_HORIZON_HOURS * 60 * 60;
  const onHit = () => metrics.add("limitsHit");
  const limits = createLimits({ db, now, onHit }, limitsOf(config));
  const clients = await connectProviders(config, { ...overrides, now });
  const base = {
    ...clients,
    db,
    now,
    random: randomBytes,
    wakeLog: eventLog.wake,
    keys: overrides.keys,
    refreshHorizonSeconds,
    count: metrics.add,
    limits,
    allowances: createAllowances({ limits, now, onHit }),
    passwords,
    sessions: {
      verifiedTokens: new VerifiedTokenCache(),
      mostPerUser: config.SESSIONS_PER_USER,
      signingKeys,
      signingAlgorithm: config.ACCESS_TOKEN_ALGORITHM,
      issuer: { issuer, audience: config.ACCESS_TOKEN_AUDIENCE ?? issuer },
      clientId: config.ACCESS_TOKEN_CLIENT_ID,
      claims: config.ACCESS_TOKEN_CLAIMS ?? {},
      lifetimes,
      isForGuests,
      amrOfMethod,
      authRequirements: config.STATE_REQUIREMENTS.AUTH,
    },
    requireFreshProof,
    revokedSessions,
    timingFailures,
    stateRequirements: config.STATE_REQUIREMENTS,
    ...settingsOf(config),
    publicUrl: () => config.PUBLIC_URL ?? ownUrl(),
    allowedOrigins: config.ALLOWED_ORIGINS,
    relyingParty: () =>
      relyingPartyOf(new URL(config.PUBLIC_URL ?? atLocalhost(ownUrl())), config.ALLOWED_ORIGINS),
    linkSeconds: {
      VERIFY_EMAIL: config.VERIFICATION_LINK_HOURS * 60 * 60,
      RESET_PASSWORD: config.RESET_LINK_MINUTES * 60,
    },
    enqueue: jobs.enqueue,
    mailConfigured: mailer !== undefined,
    instanceId: instance.id,
  };
  const { providers, services: providerServices } = startProviders({ ...base, eventLog });
  const waitingFlows = () => providers.reduce((sum, { waiting }) => sum + (waiting?.() ?? 0), 0);
  made.defer(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
  });
  instance.onRenewed(async () => {
    await Promise.all(providers.map((provider) => provider.takeOver?.()));
  });
  const refresher = createRefresher(
    base,
    Object.fromEntries(providers.map(({ id, tokens }) => [id, tokens])),
  );
  const services = { ...base, providers, refresher };

  // Closes after the jobs had time to finish; mails still being sent fail.
  made.defer(() => mailer?.close());
  made.defer(eventLog.listen(["type:mail.queued", "type:mail.requested"], () => jobs.wake(MAIL_QUEUE)));
  const scheduler = (overrides.scheduleRefreshes ?? scheduleRefreshes)(services);
  made.defer(eventLog.listen(CREDENTIAL_CHANGES, scheduler.wake));
  made.defer(async () => {
    const kept = scheduler.close();
    await refresher.close(REFRESHES_CLOSE_SECONDS);
    // Token refreshes that are still running fail now.
    for (const { close, tokens } of providers) if (tokens) await close();
    await kept;
  });
  // Closes first, while the services that jobs need are still open.
  made.defer(() => jobs.close(JOBS_CLOSE_SECONDS));
  await jobs.start(
    recurringWork(services, config),
    mailer
      ? [{
        queue: MAIL_QUEUE,
        run: (id, signal) => sendMail({ ...services, mailer, writers: MAIL_WRITERS, noteMail }, id, signal),
      }]
      : [],
  );

  const server: ServerFacts = {
    version: VERSION,
    startedAt: instance.startedAt,
    instanceId: instance.id,
    database,
    emulated: overrides.emulated ?? [],
    settings: overrides.settings ?? [],
    inboxUrl: overrides.inboxUrl,
    waitingFlows,
    hashQueue: () => passwords.waiting,
    hashPlaces: PLACES.all,
  };
  const checks = otherChecks(services, providers, mailer);
  made.defer(
    eventLog.listen(["type:limits.cleared"], (event) => services.allowances.forget(clearedSubjects(event))),
  );
  const schemaServices: SchemaServices = {
    ...services,
    ...providerServices,
    subscriptions: new OpenSubscriptions(),
    eventLog,
    refusals,
    jobs,
    metrics,
    server,
    seenSessions,
    checks,
    failedChecks: () => failedChecks({ server, eventLog }, checks),
    ...DIAGNOSIS,
    load: createLoaders(db),
  };

  const identify = (facts: RequestFacts) => identifyCaller(schemaServices, facts);
  const trusted = config.TRUSTED_DOCUMENTS &&
    { mode: config.TRUSTED_DOCUMENTS, manifest: config.TRUSTED_DOCUMENTS_FILE ?? {} };
  const graphql = createGraphqlServer({
    schema: buildSchema(),
    development: overrides.development ?? false,
    allowedOrigins: config.ALLOWED_ORIGINS,
    allowedHeaders: config.ALLOWED_HEADERS,
    trusted,
    identify,
    services: schemaServices,
    onOperation: () => metrics.add("requests"),
    onFault: () => metrics.add("failures"),
  });
  const bodies = createBodyReader();
  made.defer(() => bodies.close());
  const assets = await openAssets();
  const page = createHtmlPages(assets);
  const reached = {
    refusals,
    devices: createDevices(services),
    publicUrl: services.publicUrl,
    origins: { publicOrigin: config.PUBLIC_URL, ownOrigin, allowed: config.ALLOWED_ORIGINS },
    isTrustedProxy: addressesIn(config.TRUSTED_PROXIES),
  };
  const webSockets = createWebSockets({
    ...reached,
    graphql,
    trusted,
    identify,
    limits: overrides.webSocketLimits,
  });
  const fetch = createRouter({
    ...reached,
    graphql,
    metrics,
    jwks: () => signingKeys.jwks(),
    relatedOrigins: () => relatedOrigins(services.relyingParty()),
    assets,
    page,
    offered: offersOf(services),
    consentPages: createConsentPages(schemaServices, identify, page),
    identify,
    readBody: bodies.read,
    readiness: () => readinessChecks(schemaServices),
    stopping: stopping.signal,
  });

  const drain = async () => {
    stopping.abort();
    // First, so that WebSockets are closed before an operation on them could report an error.
    const closed = webSockets.close();
    schemaServices.subscriptions.endAll();
    await closed;
  };
  const running = made.move();
  return {
    fetch,
    listen: (address, headMs) => webSockets.listen(address, headMs, fetch),
    listenForWebSockets: (address, headMs) => webSockets.listen(address, headMs),
    services: schemaServices,
    drain,
    close: async () => {
      await drain();
      await running.disposeAsync();
    },
  };
}

/** Events after which a refresh or a change of health may be due sooner. */
const CREDENTIAL_CHANGES = [
  "type:credential.created",
  "type:credential.updated",
  "type:credential.refreshed",
  "type:credential.refresh_failed",
  "type:credential.health_changed",
] as const;

/** The default `iss` and `aud` without a `PUBLIC_URL`. It is the same on every instance. */
const UNNAMED_ISSUER = "urn:sallyport";
