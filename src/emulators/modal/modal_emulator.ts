import { Buffer } from "node:buffer";
import { type IncomingCall, type Reply, serveGrpc } from "../../providers/modal/grpc/grpc_server.ts";
import { type Metadata, status } from "../../providers/modal/grpc/grpc_status.ts";
import { type ModalMethod, modalService } from "../../providers/modal/api/modal_proto.ts";
import { sleep } from "../../lib/sleep.ts";
import { serveApprovalPage } from "./approval_page.ts";
import { checkClient, checkToken } from "./client_checks.ts";
import { Refusal, trailersOf } from "./refusal.ts";
import { createModalService } from "./service.ts";
import { defaultSwitches, type ModalSwitches, takeFault } from "./switches.ts";
import { type EmulatedFlow, type NotDecided, TokenFlows } from "./token_flows.ts";
import { type EmulatedToken, Tokens } from "./tokens.ts";

/** A received call. */
export type SeenCall = {
  method: ModalMethod;
  headers: Metadata;
  request: unknown;
  /** The client's deadline; Infinity when it sends none. */
  timeoutSeconds: number;
  /** The client's address and port, which identify its connection. */
  peer: string;
};

export type ModalEmulatorOptions = {
  /** 127.0.0.1 by default. Every client that can reach the emulator can approve a flow if it knows the id. */
  host?: string;
  /** The port of the gRPC server; 0, the default, for any free port. */
  port?: number;
  /** The port of the approval pages; 0, the default, for any free port. */
  pagePort?: number;
  /** Concurrent streams for each connection; 100 by default, as in most gRPC servers. */
  maxStreams?: number;
  now?: () => Date;
  switches?: Partial<ModalSwitches>;
};

export type ModalEmulator = {
  /** The value for MODAL_SERVER_URL. */
  url: string;
  /** The origin of the approval pages. The page of a flow is `<pageUrl>/token-flow/<id>`. */
  pageUrl: string;
  /** Tests can change these at any time. */
  switches: ModalSwitches;
  flows: ReadonlyMap<string, EmulatedFlow>;
  tokens: ReadonlyMap<string, EmulatedToken>;
  /** The last 1,000 calls, oldest first. */
  calls: SeenCall[];
  /** The number of calls without an answer yet. */
  callsUnderWay(): number;
  approve(tokenFlowId: string, typedCode?: string): NotDecided | undefined;
  deny(tokenFlowId: string): NotDecided | undefined;
  expire(tokenFlowId: string): NotDecided | undefined;
  /** Issues a token without a flow. */
  issueToken(lifetimeSeconds?: number): EmulatedToken;
  revokeToken(tokenId: string): void;
  /** All secrets, so that tests can search logs and databases for them. */
  secrets(): string[];
  /** Stops both servers at once. Calls under way fail. */
  close(): Promise<void>;
  /** Same as `close`. */
  [Symbol.asyncDispose](): Promise<void>;
};

const MAX_CALLS_SEEN = 1000;

/**
 * Emulates Modal's token service for development and tests: the gRPC calls, without TLS, and the approval pages. All
 * state is in memory and lost after `close`.
 */
export function startModalEmulator(options: ModalEmulatorOptions = {}): ModalEmulator {
  const host = options.host ?? "127.0.0.1";
  const switches = { ...defaultSwitches(), ...options.switches };
  const tokens = new Tokens(options.now ?? (() => new Date()));
  const flows = new TokenFlows(switches, tokens);
  const calls: SeenCall[] = [];
  let underWay = 0;

  const pages = Deno.serve(
    { hostname: host, port: options.pagePort ?? 0, onListen() {} },
    (request) => serveApprovalPage(flows, request),
  );
  const pageUrl = `http://${host}:${pages.addr.port}`;
  const service = createModalService(flows, switches, pageUrl);

  async function answer<M extends ModalMethod>(method: M, call: IncomingCall): Promise<Uint8Array> {
    const { requestDeserialize, responseSerialize } = modalService[method];
    const { headers, signal, timeoutSeconds, peer, isClientThere } = call;
    const request = requestDeserialize(Buffer.from(call.message));
    calls.push({ method, headers, request, timeoutSeconds, peer });
    if (calls.length > MAX_CALLS_SEEN) calls.shift();
    await sleep(switches.delayMs, signal);
    const fault = takeFault(switches, method);
    if (fault) throw new Refusal(fault.status, fault.text, fault.retryAfterSeconds);
    checkClient(headers);
    const token = checkToken(method, headers, tokens);
    const response = await service[method](request, { token, signal, isClientThere });
    return responseSerialize({ ...response, ...switches.answers[method] });
  }

  async function handle(call: IncomingCall): Promise<Reply> {
    underWay++;
    try {
      const message = await answer(methodAt(call.path), call);
      return { message, trailers: trailersOf(switches.trailerWarnings) };
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(status.INTERNAL, `emulator: ${error}`);
      const trailers = trailersOf(switches.trailerWarnings, refusal);
      return { status: refusal.status, details: refusal.message, trailers };
    } finally {
      underWay--;
    }
  }

  const { maxStreams = 100, port = 0 } = options;
  const server = serveGrpc({ hostname: host, port, maxStreams }, handle);

  const close = async () => {
    await Promise.all([server.close(), pages.shutdown()]);
  };
  return {
    url: `http://${host}:${server.port}`,
    pageUrl,
    switches,
    flows: flows.all,
    tokens: tokens.all,
    calls,
    callsUnderWay: () => underWay,
    approve: (id, typedCode) => flows.decide(id, "approved", typedCode),
    deny: (id) => flows.decide(id, "denied"),
    expire: (id) => flows.decide(id, "expired"),
    issueToken: (lifetimeSeconds) => tokens.issue(lifetimeSeconds),
    revokeToken: (id) => tokens.revoke(id),
    secrets: () => [
      ...[...flows.all.values()].map((flow) => flow.waitSecret),
      ...[...tokens.all.values()].map((token) => token.tokenSecret),
    ],
    close,
    [Symbol.asyncDispose]: close,
  };
}

function methodAt(path: string): ModalMethod {
  const methods = Object.keys(modalService) as ModalMethod[];
  const method = methods.find((name) => modalService[name].path === path);
  if (!method) throw new Refusal(status.UNIMPLEMENTED, "Method not found");
  return method;
}
