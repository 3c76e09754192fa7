import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from "graphql";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import type { Caller } from "../../operations/caller.ts";
import { AuthError, type AuthErrorCode } from "../../lib/errors.ts";
import { documentIdOf, textOf, type TrustedDocuments } from "../graphql/trusted_documents.ts";
import type { GraphqlServer, RequestFacts } from "../graphql/graphql.ts";
import { refusalError } from "../graphql/mask_error.ts";
import { tokenError } from "../graphql/refused_tokens.ts";
import { OpenSockets } from "./open_sockets.ts";
import { WebSocketConnection } from "./web_socket_connection.ts";
import { DEFAULT_LIMITS, MOST_CHUNKS, MOST_FRAGMENTS, type WebSocketLimits } from "./web_socket_limits.ts";
import { type Place, WebSocketPlaces } from "./web_socket_places.ts";

/** A connection that requests an upgrade, as `node:http` passes it. */
export type RawConnection = { request: IncomingMessage; socket: Duplex; head: Buffer };

/** GraphQL over WebSocket with the protocol graphql-transport-ws. Operations run as over HTTP. */
export type WebSocketTransport = {
  /**
   * Upgrades the connection, or returns a response with the reason why not: another subprotocol, or too many
   * connections.
   */
  upgrade(facts: RequestFacts, connection: RawConnection): Promise<Response | undefined>;
  /** Closes every connection properly, so that clients can reconnect to another instance. */
  close(): Promise<void>;
};

export type WebSocketOptions = {
  graphql: GraphqlServer;
  trusted: TrustedDocuments | undefined;
  identify: (facts: RequestFacts) => Promise<Caller>;
  limits: Partial<WebSocketLimits> | undefined;
};

type Extra = {
  facts: RequestFacts;
  place: Place;
  connection: WebSocketConnection;
  hasOperation: () => boolean;
};

/** Passed by graphql-ws from `onSubscribe` to execution: Yoga's functions with all its plugins. */
type Enveloped = Pick<ReturnType<GraphqlServer["getEnveloped"]>, "execute" | "subscribe">;

const UNAUTHENTICATED: AuthErrorCode = "UNAUTHENTICATED";

type Params = { authorization?: unknown; Authorization?: unknown };

export function createWebSocketTransport(options: WebSocketOptions): WebSocketTransport {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { graphql } = options;
  const places = new WebSocketPlaces(limits);
  const open = new OpenSockets(limits.pingMs);
  /** Returns undefined if the caller cannot be identified now. Each operation tries again and reports the reason. */
  const identified = async (facts: RequestFacts) => {
    try {
      return await options.identify(facts);
    } catch (error) {
      if (error instanceof AuthError) return undefined;
      throw error;
    }
  };
  // A variable, because the library's types lack `closeTimeout`.
  const handshakeOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols: () => GRAPHQL_TRANSPORT_WS_PROTOCOL,
    maxPayload: limits.mostMessageBytes,
    maxFragments: MOST_FRAGMENTS,
    maxBufferedChunks: MOST_CHUNKS,
    closeTimeout: limits.closeMs,
  };
  const handshake = new WebSocketServer(handshakeOptions);
  const server = makeServer<Params, Extra>({
    connectionInitWaitTimeout: limits.initMs,
    onConnect: async (context) => {
      const { extra, connectionParams } = context;
      extra.hasOperation = () => Object.keys(context.subscriptions).length > 0;
      const caller = await identified(withParams(extra.facts, connectionParams));
      if (caller?.kind === "nobody" && caller.tokenRefused) return false;
      return extra.place.identify(isAuthenticated(caller));
    },
    execute: (args) => (args.rootValue as Enveloped).execute(args),
    subscribe: (args) => (args.rootValue as Enveloped).subscribe(args),
    onSubscribe: async ({ connectionParams, extra }, _id, params) => {
      extra.connection.operationStarted();
      const sent = withDocument(params, options.trusted);
      return await operationOf(graphql, withParams(extra.facts, connectionParams), sent);
    },
    onError: ({ extra }, _id, _params, errors) => {
      if (errors.some(({ extensions }) => extensions["code"] === UNAUTHENTICATED)) extra.connection.forbid();
      return errors.map((error) => toldError(error, extra.facts));
    },
    onNext: ({ extra }, _id, _params, _args, { data, errors, extensions }) =>
      errors && {
        ...(data !== undefined && { data }),
        errors: errors.map((error) => toldError(error, extra.facts)),
        ...(extensions && { extensions }),
      },
  });

  const serve = (socket: WebSocket, facts: RequestFacts, place: Place) => {
    const extra: Extra = {
      facts,
      place,
      connection: new WebSocketConnection(socket, limits, {
        isAnonymous: () => !place.authenticated,
        hasOperation: () => extra.hasOperation(),
      }),
      hasOperation: () => false,
    };
    const closed = server.opened({
      protocol: socket.protocol,
      send: (message) => extra.connection.send(message),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) => extra.connection.onMessage(handle),
    }, extra);
    // Without a listener an error would end the process. A close event follows it.
    socket.on("error", () => {});
    const finished = Promise.withResolvers<void>();
    socket.on("close", (code, reason) => {
      void closed(code, reason.toString()).finally(finished.resolve);
    });
    open.add(socket, extra.connection, finished.promise);
  };

  return {
    upgrade: async (facts, { request, socket, head }) => {
      const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
      if (!offered.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
        return new Response(`Use the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}\n`, { status: 400 });
      }
      const hasCredential = facts.authorization !== null || facts.sessionCookie !== null;
      const authenticated = hasCredential && isAuthenticated(await identified(facts));
      if (open.isClosing) return new Response("The server is stopping\n", { status: 503 });
      if (socket.destroyed) return undefined;
      const place = places.take(facts.ipAddress, authenticated);
      if (!place) return new Response("Too many connections from this address\n", { status: 429 });
      socket.once("close", () => place.leave());
      handshake.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, facts, place));
      return undefined;
    },
    close: () => open.close(limits.closeMs),
  };
}

/** Returns the arguments for execution, or the errors of the document. */
async function operationOf(
  graphql: GraphqlServer,
  facts: RequestFacts,
  params: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const enveloped = graphql.getEnveloped({ facts, params });
  const { schema, parse, validate, contextFactory, execute, subscribe } = enveloped;
  try {
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const args: ExecutionArgs = {
      schema,
      document,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe } satisfies Enveloped,
    };
    if (params.operationName != null) args.operationName = params.operationName;
    if (params.variables != null) args.variableValues = params.variables;
    const refused = await tokenError(args);
    return refused ? [refused] : args;
  } catch (error) {
    // The limits reject a document by throwing; it is still the client's error.
    if (error instanceof GraphQLError) return [error];
    if (error instanceof AuthError) return [refusalError(error)];
    throw error;
  }
}

/** Returns the operation with its document's text, if the client sent only an id. */
function withDocument(params: SubscribePayload, trusted: TrustedDocuments | undefined): SubscribePayload {
  const id = trusted && !params.query ? documentIdOf(params) : undefined;
  const query = id === undefined ? undefined : textOf(trusted?.manifest ?? {}, id);
  return query === undefined ? params : { ...params, query };
}

/** Returns the error as it is sent: with the id of the request, and without the status of an HTTP response. */
function toldError(error: GraphQLError, { requestId }: RequestFacts): GraphQLFormattedError {
  const { extensions, ...formatted } = error.toJSON();
  const { http: _http, ...rest } = extensions ?? {};
  return { ...formatted, extensions: { ...rest, requestId } };
}

function isAuthenticated(caller: Caller | undefined): boolean {
  return caller !== undefined && caller.kind !== "nobody";
}

/** Returns the facts with the token of `connection_init`, which overrides the upgrade's. */
function withParams(facts: RequestFacts, params: Params | undefined): RequestFacts {
  const authorization = params?.authorization ?? params?.Authorization;
  return typeof authorization === "string" ? { ...facts, authorization } : facts;
}
