import { Buffer } from "node:buffer";
import { type ExecutionArgs, GraphQLError } from "graphql";
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from "graphql-ws";
import { sleep } from "../sleep.ts";
import type { GraphqlServer, RequestFacts } from "./graphql.ts";
import { MOST_BODY_BYTES } from "./hardening.ts";

/** Seconds without a sign of the client before the connection is closed; Deno pings at half of it. */
const IDLE_SECONDS = 30;

/** A client that has not introduced itself by then is cut off. */
const INIT_MS = 5_000;

/** A peer that does not answer our goodbye by then is left to itself: it must not hold up the end. */
const CLOSE_MS = 2_000;

/**
 * What a peer may leave unread before its operations wait for it (Deno itself would buffer without end), and for how
 * long it may.
 */
const MOST_UNREAD_BYTES = 256 * 1024;
const UNREAD_POLL_MS = 20;
const UNREAD_MS = 30_000;

/** Operations that a connection may have under way, subscriptions among them. */
const MOST_OPERATIONS = 100;

/** Connections from one address. Deno assembles messages of up to 64 MiB before we see them. */
const MOST_CONNECTIONS_AN_ADDRESS = 200;

/** The codes of RFC 6455 §7.4.1 that we close with. */
const GOING_AWAY = 1001;
const TOO_BIG = 1009;
const TRY_AGAIN_LATER = 1013;

/** Subscriptions over WebSocket, in the protocol graphql-transport-ws; operations run as over HTTP. */
export type WebSocketTransport = {
  /** Answers an upgrade request. Refuses another subprotocol with 400, before upgrading. */
  upgrade(request: Request, facts: RequestFacts): Response;
  /** Ends every connection in order: the clients may connect again elsewhere. */
  close(): Promise<void>;
};

type Extra = { facts: RequestFacts };

/** What graphql-ws passes from `onSubscribe` to execution: Yoga's own functions, with all its plugins. */
type Enveloped = Pick<ReturnType<GraphqlServer["getEnveloped"]>, "execute" | "subscribe">;

export function createWebSocketTransport(graphql: GraphqlServer): WebSocketTransport {
  const sockets = new Map<WebSocket, Promise<void>>();
  const byAddress = new Map<string | null, number>();
  const server = makeServer<{ authorization?: unknown; Authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: INIT_MS,
    execute: (args) => (args.rootValue as Enveloped).execute(args),
    subscribe: (args) => (args.rootValue as Enveloped).subscribe(args),
    onSubscribe: async ({ connectionParams, extra }, _id, params) => {
      const fromParams = connectionParams?.authorization ?? connectionParams?.Authorization;
      const authorization = typeof fromParams === "string" ? fromParams : extra.facts.authorization;
      const enveloped = graphql.getEnveloped({ facts: { ...extra.facts, authorization }, params });
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
        return args;
      } catch (error) {
        // A document over its limits is refused by throwing; it is the client's error all the same.
        if (error instanceof GraphQLError) return [error];
        throw error;
      }
    },
  });

  const serve = (socket: WebSocket, facts: RequestFacts) => {
    const finished = Promise.withResolvers<void>();
    sockets.set(socket, finished.promise);
    let underWay = 0;
    let closed = (_code?: number, _reason?: string): Promise<void> => Promise.resolve();
    socket.onopen = () => {
      closed = server.opened({
        // Deno leaves `socket.protocol` empty on the server's side; no other was let through.
        protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
        send: async (message) => {
          socket.send(message);
          const begun = performance.now();
          while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > MOST_UNREAD_BYTES) {
            if (performance.now() - begun > UNREAD_MS) {
              socket.close(TRY_AGAIN_LATER, "Read what you asked for");
            }
            await sleep(UNREAD_POLL_MS);
          }
        },
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.onmessage = async ({ data }) => {
            if (typeof data !== "string" || Buffer.byteLength(data) > MOST_BODY_BYTES) {
              return socket.close(TOO_BIG, "A message is too big, or not text");
            }
            if (underWay >= MOST_OPERATIONS) {
              return socket.close(
                TRY_AGAIN_LATER,
                `A connection may have ${MOST_OPERATIONS} operations under way`,
              );
            }
            underWay++;
            try {
              await handle(data);
            } catch {
              socket.close(CloseCode.InternalServerError, "Internal server error");
            } finally {
              underWay--;
            }
          };
        },
      }, { facts });
    };
    // What follows an error is a close; there is nothing else to do about it.
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => {
      void Promise.resolve(closed(code, reason)).finally(() => {
        sockets.delete(socket);
        const others = (byAddress.get(facts.ipAddress) ?? 1) - 1;
        if (others > 0) byAddress.set(facts.ipAddress, others);
        else byAddress.delete(facts.ipAddress);
        finished.resolve();
      });
    };
  };

  return {
    upgrade: (request, facts) => {
      const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((name) =>
        name.trim()
      );
      if (!offered.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) {
        return new Response(`Speak the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}\n`, { status: 400 });
      }
      const connections = byAddress.get(facts.ipAddress) ?? 0;
      if (connections >= MOST_CONNECTIONS_AN_ADDRESS) {
        return new Response("Too many connections from this address\n", { status: 429 });
      }
      byAddress.set(facts.ipAddress, connections + 1);
      const { socket, response } = Deno.upgradeWebSocket(request, {
        protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL,
        idleTimeout: IDLE_SECONDS,
      });
      serve(socket, facts);
      return response;
    },
    close: async () => {
      const open = [...sockets];
      for (const [socket] of open) socket.close(GOING_AWAY, "The server is stopping");
      const allClosed = new AbortController();
      void Promise.all(open.map(([, finished]) => finished)).then(() => allClosed.abort());
      await sleep(CLOSE_MS, allClosed.signal);
    },
  };
}
