import { randomId } from "./chance.ts";
import { status } from "../../providers/modal/grpc/grpc_status.ts";
import type {
  ModalMethod,
  RequestOf,
  ResponseOf,
  WireTimestamp,
} from "../../providers/modal/api/modal_proto.ts";
import { Refusal } from "./refusal.ts";
import type { ModalSwitches } from "./switches.ts";
import type { TokenFlows } from "./token_flows.ts";
import type { EmulatedToken } from "./tokens.ts";

/** The caller of a method. */
export type Caller = {
  /** The caller's token; undefined for methods that need none. */
  token: EmulatedToken | undefined;
  /** Aborted when the client has cancelled or disconnected. */
  signal: AbortSignal;
  isClientThere: () => Promise<boolean>;
};

/** The seven methods. Each returns an answer or throws `Refusal`. */
export type ModalService = {
  [M in ModalMethod]: (request: RequestOf<M>, caller: Caller) => ResponseOf<M> | Promise<ResponseOf<M>>;
};

const WORKSPACE = { workspaceId: randomId("ac"), workspaceName: "emulated-workspace" };
const USER = { userId: "us-emulated", username: "emulated-user" };
const SERVICE_USER = { serviceUserId: "su-emulated", serviceUserName: "emulated-service-user" };

/** Modal's clients read the JWT's `exp` and fetch a new one before it. */
const AUTH_TOKEN_SECONDS = 20 * 60;
const WARNING_CLIENT_DEPRECATION = 1;

export function createModalService(
  flows: TokenFlows,
  switches: ModalSwitches,
  pageUrl: string,
): ModalService {
  return {
    TokenFlowCreate({ localhostPort, expiresInSeconds }) {
      if (localhostPort < 0 || localhostPort > 65535) {
        throw new Refusal(status.INVALID_ARGUMENT, "Invalid localhost_port");
      }
      const { tokenFlowId, code, waitSecret } = flows.create(expiresInSeconds);
      return { tokenFlowId, webUrl: `${pageUrl}/token-flow/${tokenFlowId}`, code, waitSecret };
    },

    async TokenFlowWait({ tokenFlowId, waitSecret, timeout }, caller) {
      const token = await flows.wait(tokenFlowId, waitSecret, timeout, caller);
      if (!token) return { tokenId: "", tokenSecret: "", timeout: true, workspaceUsername: "" };
      const { tokenId, tokenSecret } = token;
      return { tokenId, tokenSecret, timeout: false, workspaceUsername: WORKSPACE.workspaceName };
    },

    ClientHello() {
      const serverWarnings = switches.helloWarnings.map((message) => ({
        type: WARNING_CLIENT_DEPRECATION,
        message,
      }));
      return { serverWarnings };
    },

    WorkspaceNameLookup: () => ({ workspaceName: "", username: WORKSPACE.workspaceName }),

    TokenInfoGet(_request, { token }) {
      const isUser = switches.identity === "user";
      return {
        ...WORKSPACE,
        tokenId: token?.tokenId ?? "",
        tokenName: "emulated-token",
        userIdentity: isUser ? USER : null,
        serviceUserIdentity: isUser ? null : SERVICE_USER,
        createdAt: toTimestamp(token?.createdAt),
        expiresAt: toTimestamp(token?.expiresAt),
      };
    },

    AuthTokenGet: () => ({
      token: jwt({ exp: Math.floor(flows.tokens.now().getTime() / 1000) + AUTH_TOKEN_SECONDS }),
    }),

    WorkspaceDashboardUrlGet: () => ({ url: `${pageUrl}/` }),
  };
}

function toTimestamp(date: Date | undefined): WireTimestamp {
  if (!date) return null;
  const ms = date.getTime();
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}

/** A JWT with a random signature, because no client verifies it. */
function jwt(claims: Record<string, unknown>): string {
  const encode = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const json = (value: unknown) => encode(new TextEncoder().encode(JSON.stringify(value)));
  return [
    json({ alg: "HS256", typ: "JWT" }),
    json(claims),
    encode(crypto.getRandomValues(new Uint8Array(32))),
  ].join(".");
}
