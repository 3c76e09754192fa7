import type { GraphQLSchema } from "graphql";
import { type CORSOptions, createYoga, type GraphiQLOptions, type YogaServerInstance } from "graphql-yoga";
import type { Caller, Device } from "../../operations/caller.ts";
import { AuthError } from "../../lib/errors.ts";
import type { BrowserBinding } from "../../vault/browser_consent.ts";
import type { SessionCookies } from "../../accounts/sessions/session_cookies.ts";
import { observing } from "./observing.ts";
import { createDocumentCache } from "./document_cache.ts";
import { hardening } from "./hardening.ts";
import { maskError } from "./mask_error.ts";
import { refusedTokens } from "./refused_tokens.ts";
import { requestParsing } from "./request_parsing.ts";
import { plainSubscriptions } from "./subscribe.ts";
import { requestIdsInErrors } from "./error_request_id.ts";
import { eventStreams } from "./event_stream.ts";
import { type TrustedDocuments, trustedDocuments } from "./trusted_documents.ts";

/** Facts about a request, from the transport: they identify the caller, and set cookies on the response. */
export type RequestFacts = {
  requestId: string;
  authorization: string | null;
  /** The value of the session cookie. */
  sessionCookie: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  device: Device;
  cookies: SessionCookies;
  /** The browser of the request, as the authorizations of this provider know it. */
  browserOf: (slug: string) => BrowserBinding;
};

export type GraphqlOptions = {
  schema: GraphQLSchema;
  /** Enables GraphiQL, introspection and suggestions. Never enable it on a public server. */
  development: boolean;
  allowedOrigins: readonly string[];
  /** If undefined, clients send every document as text. */
  trusted: TrustedDocuments | undefined;
  /** Request headers that pages of these origins may send, besides ours and those of stock clients. */
  allowedHeaders: readonly string[];
  identify: (facts: RequestFacts) => Promise<Caller>;
  /** The services that resolvers use, besides the caller. */
  services: object;
  onOperation: () => void;
  onFault: () => void;
};

/** GraphQL over HTTP and SSE, with limits. The WebSocket transport runs its operations too. */
export type GraphqlServer = YogaServerInstance<{ facts: RequestFacts }, GraphqlContext>;

type GraphqlContext = Pick<RequestFacts, "cookies" | "browserOf"> & { caller: Caller; services: object };

export function createGraphqlServer(options: GraphqlOptions): GraphqlServer {
  const { allowedOrigins, allowedHeaders, trusted } = options;
  return createYoga<{ facts: RequestFacts }, GraphqlContext>({
    schema: options.schema,
    graphqlEndpoint: "/graphql",
    // An operator's token in the headers must not stay in the browser's storage.
    graphiql: options.development ? { title: "Sallyport", shouldPersistHeaders: false } : false,
    renderGraphiQL,
    landingPage: false,
    healthCheckEndpoint: "/graphql/health",
    batching: false,
    logging: false,
    multipart: false,
    // The router has already limited the body to a smaller size.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: createDocumentCache(),
      // No cache: an error from a WebSocket lacks the properties that make it a 400 over HTTP, and both would
      // share it.
      errorCache: { get: () => undefined, set: () => {} },
    },
    cors: (request) => corsFor(request.headers.get("origin"), allowedOrigins, allowedHeaders),
    maskedErrors: { isDev: false, maskError: (error) => maskError(error, options.onFault) },
    context: async ({ facts }) => ({
      caller: await callerOf(facts, options),
      services: options.services,
      cookies: facts.cookies,
      browserOf: facts.browserOf,
    }),
    plugins: [
      requestParsing(trusted === undefined),
      ...(trusted ? trustedDocuments(trusted) : []),
      ...hardening(options.development),
      observing(options.onOperation),
      refusedTokens(),
      plainSubscriptions(),
      requestIdsInErrors(),
      eventStreams(),
    ],
  });
}

/**
 * Identifies the caller. If that fails, the caller is anonymous with the reason, and each field reports it in
 * its own form.
 */
async function callerOf(facts: RequestFacts, { identify }: GraphqlOptions): Promise<Caller> {
  try {
    return await identify(facts);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { requestId, ipAddress, userAgent, device } = facts;
    return { kind: "nobody", because: error, requestId, ipAddress, userAgent, device };
  }
}

/** What our client and stock clients send. */
const ALLOWED_HEADERS = [
  "content-type",
  "authorization",
  "apollo-require-preflight",
  "graphql-require-preflight",
];

/**
 * Returns CORS headers for an allowed origin, and none for other origins. (Given the whole list, Yoga would
 * send `null` to other origins, which matches sandboxed pages.)
 */
function corsFor(
  origin: string | null,
  origins: readonly string[],
  headers: readonly string[],
): CORSOptions {
  if (origin === null || !origins.includes(origin)) return false;
  return {
    origin,
    credentials: false,
    methods: ["GET", "POST", "OPTIONS"],
    allowedHeaders: [...ALLOWED_HEADERS, ...headers],
    exposedHeaders: ["www-authenticate", "x-request-id"],
    maxAge: 600,
  };
}

/** Renders GraphiQL from the package, so that it works offline. It is 9 MB, and only loaded when it is asked for. */
async function renderGraphiQL(options?: GraphiQLOptions): Promise<string> {
  const graphiql = await import("@graphql-yoga/render-graphiql");
  return graphiql.renderGraphiQL(options);
}
