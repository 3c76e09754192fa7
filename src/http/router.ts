import type { Assets } from "./assets/assets.ts";
import type { Caller } from "../operations/caller.ts";
import { hasRole, hasScope } from "../operations/caller.ts";
import { type Devices, TRUST_DEVICE_PATH } from "../accounts/devices/devices.ts";
import { AuthError, RateLimited } from "../lib/errors.ts";
import type { Metrics } from "../operations/metrics/metrics.ts";
import { isLoopbackAddress, isLoopbackHost } from "../platform/network/address_ranges.ts";
import type { Check } from "../operations/health/server.ts";
import {
  carriesSessionCookie,
  cookieRefusal,
  isAllowedOrigin,
  isUpgrade,
  type Origins,
} from "./cross_site.ts";
import type { GraphqlServer, RequestFacts } from "./graphql/graphql.ts";
import type { ConsentPages } from "./pages/consent_pages.ts";
import { answerAsset } from "./assets/serve_assets.ts";
import { MalformedAuthorization, readAuthorization } from "./authorization.ts";
import { notePageRefusal, type NotesRefusals } from "./page_refusals.ts";
import { embedPage, passkeyWindowPage } from "./pages/embed_pages.ts";
import type { HtmlPages } from "./pages/html_page.ts";
import { trustDevice } from "./trust_device.ts";
import type { Offered } from "./pages/offers.ts";
import { linkPage } from "./pages/link_page.ts";
import { malformedAuthorization, refused, refusedBody, STREAMING } from "./refused.ts";
import { signInPage } from "./pages/sign_in_page.ts";
import { factsOf, type Peer, peerAddress } from "./request_facts.ts";
import { requestIdOf } from "./request_id.ts";
import { isJson } from "./media_type.ts";
import { answerWellKnown, type WellKnownOptions } from "./well_known.ts";
import type { BodyReader } from "./read_body.ts";

export type Fetch = (request: Request, peer?: Peer) => Promise<Response>;

export type RouterOptions = NotesRefusals & {
  graphql: GraphqlServer;
  /** By path. */
  consentPages: ConsentPages;
  assets: Assets;
  page: HtmlPages;
  /** The sign-in methods that the page offers. */
  offered: Offered;
  metrics: Metrics;
  devices: Devices;
  origins: Origins;
  /** The server's public URL. */
  publicUrl: () => string;
  /** The content of `/.well-known/jwks.json`. */
  jwks: () => unknown;
  /** The content of `/.well-known/webauthn`. */
  relatedOrigins: WellKnownOptions["relatedOrigins"];
  isTrustedProxy: (address: string) => boolean;
  identify: (facts: RequestFacts) => Promise<Caller>;
  readBody: BodyReader["read"];
  readiness: () => Promise<Check[]>;
  /**
   * Aborts when the server stops. The server is then not ready, so that load balancers stop sending requests.
   */
  stopping: AbortSignal;
};

/** One year (RFC 6797 §6.1.1). No `includeSubDomains`: other hosts of the domain may not belong to us. */
const HSTS = "max-age=31536000";

export function createRouter(options: RouterOptions): Fetch {
  const secure = options.origins.publicOrigin?.startsWith("https:");
  return async (request, peer) => {
    const requestId = requestIdOf(request.headers);
    const response = await answer(request, peer, requestId, options);
    response.headers.set("x-request-id", requestId);
    if (secure) response.headers.set("strict-transport-security", HSTS);
    return response;
  };
}

/** Routes a request by its path. */
async function answer(
  request: Request,
  peer: Peer | undefined,
  requestId: string,
  options: RouterOptions,
): Promise<Response> {
  const pathname = URL.parse(request.url)?.pathname;
  if (pathname === undefined) return text("Bad request\n", 400);
  const setCookies: string[] = [];
  const facts = factsOf(request, peer, requestId, options, setCookies);
  switch (pathname) {
    case "/":
      return signInPage(request, options.offered, options.page, options.publicUrl());
    case "/graphql":
      return hardened(withCookies(await answerGraphql(request, facts, options), setCookies));
    case "/embed":
      return embedPage(
        request,
        options.origins,
        options.offered,
        options.page,
        (embedder) => notePageRefusal(options, pathname, embedder, facts, "origin_not_allowed"),
      );
    case "/passkey":
      return passkeyWindowPage(request, options.page);
    case "/verify-email":
    case "/reset-password":
      return linkPage(request, pathname, options.page);
    case TRUST_DEVICE_PATH:
      return hardened(await trustDevice(request, options));
    case "/healthz":
      return text("alive\n");
    case "/readyz":
      return await answerReadiness(options);
    case "/metrics":
      return await answerMetrics(request, facts, peer, options);
    default: {
      const consent = options.consentPages.get(pathname);
      if (consent) return withCookies(await consent(request, facts, options.origins), setCookies);
      const known = answerWellKnown(pathname, {
        publicUrl: options.origins.publicOrigin,
        jwks: options.jwks,
        relatedOrigins: options.relatedOrigins,
      });
      return known ?? await answerAsset(request, pathname, options.assets) ?? text("Not found\n", 404);
    }
  }
}

function withCookies(response: Response, setCookies: readonly string[]): Response {
  for (const cookie of setCookies) response.headers.append("set-cookie", cookie);
  return response;
}

async function answerGraphql(
  request: Request,
  facts: RequestFacts,
  options: RouterOptions,
): Promise<Response> {
  const { origins } = options;
  if (isUpgrade(request)) {
    return refused(
      426,
      "This port does not accept WebSockets: use the port in WEBSOCKET_PORT",
      "INVALID_INPUT",
    );
  }
  const origin = request.headers.get("origin");
  const refusal = carriesSessionCookie(request) ? cookieRefusal(request, origins) : undefined;
  if (refusal) {
    notePageRefusal(options, "/graphql", origin, facts, "cookie_refused");
    return refused(403, refusal, "FORBIDDEN");
  }
  // The answer to a preflight makes the browser block the page's request, which we then never see.
  if (request.method === "OPTIONS" && origin !== null && !isAllowedOrigin(origin, request, origins)) {
    notePageRefusal(options, "/graphql", origin, facts, "origin_not_allowed");
  }
  if (readAuthorization(facts.authorization).kind === "malformed") return malformedAuthorization();
  if (request.method === "PUT") {
    return refused(
      406,
      `The single connection mode of server-sent events is not supported: use ${STREAMING}`,
      "INVALID_INPUT",
    );
  }
  // Other content types can be sent cross-site without a CORS preflight, for example by a form.
  if (request.method === "POST" && !isJson(request.headers)) {
    return refused(415, "A POST must have a JSON body: content-type: application/json", "INVALID_INPUT");
  }
  const limited = await options.readBody(request);
  if (typeof limited === "string") return refusedBody(limited);
  const begun = performance.now();
  const response = await options.graphql.fetch(limited, { facts });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    options.metrics.observeSeconds((performance.now() - begun) / 1000);
  }
  return response;
}

async function answerReadiness({ readiness, stopping }: RouterOptions): Promise<Response> {
  if (stopping.aborted) return Response.json({ ready: false, checks: [] }, { status: 503 });
  const checks = await readiness();
  const ready = checks.every((check) => check.ok);
  return Response.json({ ready, checks }, { status: ready ? 200 : 503 });
}

/**
 * Serves metrics for Prometheus to direct connections from this machine, to operators (`Authorization: Bearer …`, role
 * READ), and to API keys with `metrics:read`. They contain no secrets, but are not public.
 */
async function answerMetrics(
  request: Request,
  facts: RequestFacts,
  peer: Peer | undefined,
  { identify, metrics }: RouterOptions,
): Promise<Response> {
  const local = isLoopbackAddress(peerAddress(peer) ?? "") && !namesProxy(request);
  try {
    const caller = local ? undefined : await identify(facts);
    if (caller?.kind === "nobody" && caller.because instanceof MalformedAuthorization) {
      return malformedAuthorization();
    }
    if (caller && !hasRole(caller, "READ") && !hasScope(caller, "metrics:read")) {
      return refused(401, "This path requires an operator token or API key", "UNAUTHENTICATED", {
        "www-authenticate": "Bearer",
      });
    }
  } catch (error) {
    if (error instanceof AuthError) {
      return refused(error instanceof RateLimited ? 429 : 503, error.message, error.code);
    }
    throw error;
  }
  return text(await metrics.text(), 200, "text/plain; version=0.0.4; charset=utf-8");
}

const PROXY_HEADERS = [
  "x-forwarded-for",
  "x-forwarded-host",
  "forwarded",
  "x-real-ip",
  "via",
  "cf-connecting-ip",
];

/** Whether a proxy forwarded the request, or its host is not a name of this machine. */
function namesProxy(request: Request): boolean {
  const { hostname } = new URL(request.url);
  return !isLoopbackHost(hostname) ||
    PROXY_HEADERS.some((name) => request.headers.has(name));
}

function text(body: string, status = 200, type = "text/plain; charset=utf-8"): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

/** Responses may contain tokens, so they are never cached, and browsers must not guess their type. */
function hardened(response: Response): Response {
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}
