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

/** A call as it came in. */
export type SeenCall = {
  method: ModalMethod;
  headers: Metadata;
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
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
};

const MAX_CALLS_SEEN = 1000;

/**
 * A stand-in for Modal's token service, for development and tests: the gRPC calls, in plaintext, and the pages
 * on which a person approves. It keeps everything in memory, and nothing after `close`.
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
