import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import { setTimeout } from "node:timers/promises";
import { type ModalMethod, modalService, type RequestOf, type ResponseOf } from "../../modal/modal_proto.ts";
import { serveApprovalPage } from "./approval_page.ts";
import { type CallHeaders, checkClient, checkToken } from "./client_checks.ts";
import { Refusal, trailersOf } from "./refusal.ts";
import { createModalService } from "./service.ts";
import { defaultSwitches, type ModalSwitches, takeFault } from "./switches.ts";
import { type EmulatedFlow, type NotDecided, TokenFlows } from "./token_flows.ts";
import { type EmulatedToken, Tokens } from "./tokens.ts";

/** A call as it came in. */
export type SeenCall = {
  method: ModalMethod;
  headers: CallHeaders;
  request: unknown;
  /** Seconds the client gives the call; Infinity when it sends no deadline. */
  timeoutSeconds: number;
  /** The client's address and port, which tell its connections apart. */
  peer: string;
};

export type ModalEmulatorOptions = {
  /** 127.0.0.1 by default. Whoever reaches the emulator may approve any flow whose id he knows. */
  host?: string;
  /** Of the gRPC server; 0, the default, for any. */
  port?: number;
  /** Of the approval pages; 0, the default, for any. */
  pagePort?: number;
  /** Streams that a connection may have open at once; 100 by default, as most gRPC servers have it. */
  maxStreams?: number;
  now?: () => Date;
  switches?: Partial<ModalSwitches>;
};

export type ModalEmulator = {
  /** For MODAL_SERVER_URL. */
  url: string;
  /** Where the approval pages are; a flow's is at `<pageUrl>/token-flow/<id>`. */
  pageUrl: string;
  /** Can be changed at any time. */
  switches: ModalSwitches;
  flows: ReadonlyMap<string, EmulatedFlow>;
  tokens: ReadonlyMap<string, EmulatedToken>;
  /** The last 1,000 calls, oldest first. */
  calls: SeenCall[];
  /** Calls that are being held or delayed. */
  callsUnderWay(): number;
  approve(tokenFlowId: string, typedCode?: string): NotDecided | undefined;
  deny(tokenFlowId: string): NotDecided | undefined;
  expire(tokenFlowId: string): NotDecided | undefined;
  /** A token without a flow. */
  issueToken(lifetimeSeconds?: number): EmulatedToken;
  /** From now on the token is refused. */
  revokeToken(tokenId: string): void;
  /** Every secret there is: what a test must find nowhere else. */
  secrets(): string[];
  /** Ends both servers at once; calls under way fail. */
  close(): Promise<void>;
};

const MAX_CALLS_SEEN = 1000;

/**
 * A stand-in for Modal's token service, for development and tests: the gRPC calls, in plaintext, and the pages
 * on which a person approves. It keeps everything in memory, and nothing after `close`.
 */
export async function startModalEmulator(options: ModalEmulatorOptions = {}): Promise<ModalEmulator> {
  const host = options.host ?? "127.0.0.1";
  const switches = { ...defaultSwitches(), ...options.switches };
  const tokens = new Tokens(options.now ?? (() => new Date()));
  const flows = new TokenFlows(switches, tokens);
  const calls: SeenCall[] = [];
  const callers = new Set<AbortController>();

  const pages = Deno.serve(
    { hostname: host, port: options.pagePort ?? 0, onListen() {} },
    (request) => serveApprovalPage(flows, request),
  );
  const pageUrl = `http://${host}:${pages.addr.port}`;
  const service = createModalService(flows, switches, pageUrl);

  async function answer<M extends ModalMethod>(
    method: M,
    request: RequestOf<M>,
    headers: CallHeaders,
    gone: AbortSignal,
  ) {
    if (switches.delayMs > 0) await setTimeout(switches.delayMs, undefined, { signal: gone });
    const fault = takeFault(switches, method);
    if (fault) throw new Refusal(fault.status, fault.text, fault.retryAfterSeconds);
    checkClient(headers);
    const token = checkToken(method, headers, tokens);
    return { ...await service[method](request, { token, signal: gone }), ...switches.answers[method] };
  }

  function handle<M extends ModalMethod>(method: M) {
    type Called = ServerUnaryCall<RequestOf<M>, ResponseOf<M>>;
    return async (call: Called, send: sendUnaryData<ResponseOf<M>>) => {
      const caller = new AbortController();
      callers.add(caller);
      // grpc-js on Deno says so after every call, finished or cancelled; by then it makes no difference.
      call.on("cancelled", () => caller.abort());
      const headers = readHeaders(call);
      const timeoutSeconds = (Number(call.getDeadline()) - Date.now()) / 1000;
      calls.push({ method, headers, request: call.request, timeoutSeconds, peer: call.getPeer() });
      if (calls.length > MAX_CALLS_SEEN) calls.shift();
      try {
        const response = await answer(method, call.request, headers, caller.signal);
        send(null, response, trailersOf(switches.trailerWarnings));
      } catch (error) {
        const refusal = error instanceof Refusal
          ? error
          : new Refusal(status.UNAVAILABLE, `emulator: ${error}`);
        const metadata = trailersOf(switches.trailerWarnings, refusal);
        send({ code: refusal.status, details: refusal.message, metadata });
      } finally {
        callers.delete(caller);
      }
    };
  }

  const server = new Server({ "grpc.max_concurrent_streams": options.maxStreams ?? 100 });
  const methods = Object.keys(modalService) as ModalMethod[];
  server.addService(modalService, Object.fromEntries(methods.map((method) => [method, handle(method)])));
  const port = await listen(server, `${host}:${options.port ?? 0}`);

  return {
    url: `http://${host}:${port}`,
    pageUrl,
    switches,
    flows: flows.all,
    tokens: tokens.all,
    calls,
    callsUnderWay: () => callers.size,
    approve: (id, typedCode) => flows.decide(id, "approved", typedCode),
    deny: (id) => flows.decide(id, "denied"),
    expire: (id) => flows.decide(id, "expired"),
    issueToken: (lifetimeSeconds) => tokens.issue(lifetimeSeconds),
    revokeToken: (id) => tokens.revoke(id),
    secrets: () => [
      ...[...flows.all.values()].map((flow) => flow.waitSecret),
      ...[...tokens.all.values()].map((token) => token.tokenSecret),
    ],
    async close() {
      for (const caller of callers) caller.abort();
      await Promise.all([stop(server), pages.shutdown()]);
    },
  };
}

function readHeaders(call: ServerUnaryCall<unknown, unknown>): CallHeaders {
  return Object.fromEntries(
    Object.entries(call.metadata.getMap()).map(([name, value]) => [name, `${value}`]),
  );
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(
      address,
      ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve(port),
    );
  });
}

/** Done when the port is free; what clients still have open is torn down. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => resolve());
    server.forceShutdown();
  });
}
