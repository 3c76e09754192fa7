import { getLogger } from "@logtape/logtape";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { type CORSOptions, createYoga, type YogaServerInstance } from "graphql-yoga";
import type { Caller, Device } from "../../operations/caller.ts";
import { AuthError } from "../../lib/errors.ts";
import type { BrowserBinding } from "../../vault/browser_consent.ts";
import type { SessionCookies } from "../../accounts/sessions/session_cookies.ts";
import { observing } from "./observing.ts";
import { createDocumentCache } from "./document_cache.ts";
import { withoutInput } from "./error_texts.ts";
import { hardening } from "./hardening.ts";
import { requestParsing } from "./request_parsing.ts";
import { plainSubscriptions } from "./subscribe.ts";

const log = getLogger(["sallyport", "graphql"]);

/** What a transport knows of a request: from it the caller is told, and how the answer can be given a cookie. */
export type RequestFacts = {
  authorization: string | null;
  /** The value of the session cookie. */
  sessionCookie: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  device: Device;
  cookies: SessionCookies;
  /** The browser that asks, as authorizations of a provider know it. */
  browserOf: (slug: string) => BrowserBinding;
};

export type GraphqlOptions = {
  schema: GraphQLSchema;
  /** GraphiQL, introspection and suggestions; never where strangers can reach it. */
  development: boolean;
  allowedOrigins: readonly string[];
  identify: (facts: RequestFacts) => Promise<Caller>;
  /** What resolvers are given besides the caller. */
  services: object;
  onOperation: () => void;
  onFault: () => void;
};

/** GraphQL over HTTP and SSE, hardened; the WebSocket transport runs its operations too. */
export type GraphqlServer = YogaServerInstance<{ facts: RequestFacts }, GraphqlContext>;

type GraphqlContext = Pick<RequestFacts, "cookies" | "browserOf"> & { caller: Caller; services: object };

export function createGraphqlServer(options: GraphqlOptions): GraphqlServer {
  const { allowedOrigins } = options;
  return createYoga<{ facts: RequestFacts }, GraphqlContext>({
    schema: options.schema,
    graphqlEndpoint: "/graphql",
    graphiql: options.development ? { title: "Sallyport" } : false,
    landingPage: false,
    healthCheckEndpoint: "/graphql/health",
    batching: false,
    logging: false,
    multipart: false,
    // The router has limited the body already, to far less.
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: createDocumentCache(),
      // None: an error met on a WebSocket lacks what makes it a 400 over HTTP, and would be shown to both.
      errorCache: { get: () => undefined, set: () => {} },
    },
    cors: (request) => corsFor(request.headers.get("origin"), allowedOrigins),
    maskedErrors: { isDev: false, maskError: (error) => told(error, options) },
    context: async ({ facts }) => ({
      caller: await callerOf(facts, options),
      services: options.services,
      cookies: facts.cookies,
      browserOf: facts.browserOf,
    }),
    plugins: [
      requestParsing(),
      ...hardening(options.development),
      observing(options.onOperation),
      plainSubscriptions(),
    ],
  });
}

/** Who asks. When that cannot be found out, each field says why in its own form, as it would refuse nobody. */
async function callerOf(facts: RequestFacts, { identify }: GraphqlOptions): Promise<Caller> {
  try {
    return await identify(facts);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { ipAddress, userAgent, device } = facts;
    return { kind: "nobody", because: error, ipAddress, userAgent, device };
  }
}

/**
 * A listed origin is answered with its own name, any other with nothing at all. (Given the list itself, Yoga would
 * answer strangers with `null`, which is what sandboxed pages call themselves.)
 */
function corsFor(origin: string | null, allowed: readonly string[]): CORSOptions {
  if (origin === null || !allowed.includes(origin)) return false;
  return {
    origin,
    credentials: false,
    methods: ["GET", "POST", "OPTIONS"],
    allowedHeaders: ["content-type", "authorization"],
    maxAge: 600,
  };
}

/** What a caller is told of an error: refusals as they are, everything else in general words, and logged. */
function told(error: unknown, { onFault }: GraphqlOptions): Error {
  const cause = error instanceof GraphQLError ? error.originalError ?? undefined : error;
  const place = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (cause instanceof AuthError) {
    return new GraphQLError(cause.message, { ...place, extensions: extensionsOf(cause) });
  }
  if (error instanceof GraphQLError && (!cause || cause instanceof GraphQLError)) {
    return withoutInput(error);
  }
  onFault();
  log.error("An operation failed: {error}", { error: cause });
  return new GraphQLError("Something went wrong on our side; the server's log tells what", {
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR" },
  });
}

function extensionsOf(error: AuthError): Record<string, unknown> {
  return { code: error.code, ...error.remedy };
}
