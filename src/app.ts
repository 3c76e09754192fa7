import type { SchemaServices } from "../schema/lib/context.ts";
import { OpenSubscriptions } from "../schema/lib/open_subscriptions.ts";
import { buildSchema } from "../schema/schema.ts";
import { createDevices } from "./accounts/devices/devices.ts";
import { relatedOrigins } from "./accounts/factors/passkeys/relying_party.ts";
import type { Config } from "./config.ts";
import { openAssets } from "./http/assets/assets.ts";
import { createGraphqlServer, type RequestFacts } from "./http/graphql/graphql.ts";
import { identifyCaller } from "./http/identify.ts";
import { createConsentPages } from "./http/pages/consent_pages.ts";
import { createHtmlPages } from "./http/pages/html_page.ts";
import { offersOf } from "./http/pages/offers.ts";
import { createBodyReader } from "./http/read_body.ts";
import { createRouter, type Fetch } from "./http/router.ts";
import type { ListenAddress, WebSocketListener } from "./http/web_socket/web_socket_listener.ts";
import { createWebSockets, type WebSocketOverrides, type WebSockets } from "./http/web_socket/web_sockets.ts";
import { VERSION } from "./lib/version.ts";
import { failedChecks, readinessChecks, type ServerFacts } from "./operations/health/server.ts";
import { addressesIn } from "./platform/network/address_ranges.ts";
import { PLACES } from "./sign_in/password/hash_queue.ts";
import type { AppOverrides } from "./wiring/app_overrides.ts";
import { startBackground } from "./wiring/background.ts";
import { DIAGNOSIS } from "./wiring/diagnosis.ts";
import { otherChecks } from "./wiring/health_checks.ts";
import { createLoaders } from "./wiring/loaders.ts";
import { openPlatform, type Platform } from "./wiring/platform.ts";
import { createServices, type Services } from "./wiring/services.ts";

export type App = {
  /** Handles a request. Pass the address of its connection. */
  fetch: Fetch;
  /** Serves requests and WebSockets at an address. */
  listen(address: ListenAddress, headMs?: number): Promise<WebSocketListener>;
  /** Serves only WebSockets at an address. */
  listenForWebSockets(address: ListenAddress, headMs?: number): Promise<WebSocketListener>;
  services: SchemaServices;
  /** Starts the work that no request asks for: mails, recurring jobs and refreshes of tokens. Call it once. */
  work(): Promise<void>;
  /** Starts stopping: the server reports not ready and ends all subscriptions, so that requests can finish. */
  drain(): Promise<void>;
  /** Drains, releases polls and jobs, and closes everything in reverse order of creation. */
  close(): Promise<void>;
};

/** Creates all parts of the server in order of dependency, and connects them. */
export async function createApp(config: Config, overrides: AppOverrides & WebSocketOverrides): Promise<App> {
  // Closes all created parts in reverse order if a later step fails or the app closes.
  await using made = new AsyncDisposableStack();
  const platform = await openPlatform(config, overrides, made);
  const services = await createServices(config, overrides, platform, made);
  const schemaServices = connectSchema(overrides, platform, services);
  const { fetch, webSockets, stop } = await createHttp(config, overrides, schemaServices, services, made);

  const drain = async () => {
    stop();
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
    work: () => startBackground(config, overrides, platform, services, running),
    drain,
    close: async () => {
      await drain();
      await running.disposeAsync();
    },
  };
}

/** Adds what only resolvers use. */
function connectSchema(
  overrides: AppOverrides,
  { database, metrics, eventLog, instance, jobs, mailer }: Platform,
  services: Services,
): SchemaServices {
  const { passwords, providers, waitingFlows } = services;
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
  return {
    ...services,
    subscriptions: new OpenSubscriptions(),
    eventLog,
    jobs,
    metrics,
    server,
    checks,
    failedChecks: () => failedChecks({ server, eventLog }, checks),
    ...DIAGNOSIS,
    load: createLoaders(services.db),
  };
}

/** Creates the GraphQL server and everything that is served beside it. `stop` makes the server report not ready. */
async function createHttp(
  config: Config,
  overrides: AppOverrides & WebSocketOverrides,
  schemaServices: SchemaServices,
  services: Services,
  made: AsyncDisposableStack,
): Promise<{ fetch: Fetch; webSockets: WebSockets; stop(): void }> {
  const { metrics, refusals } = schemaServices;
  const stopping = new AbortController();
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
    origins: {
      publicOrigin: config.PUBLIC_URL,
      ownOrigin: services.ownOrigin,
      allowed: config.ALLOWED_ORIGINS,
    },
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
    jwks: () => services.sessions.signingKeys.jwks(),
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
  return { fetch, webSockets, stop: () => stopping.abort() };
}
