import { Buffer } from "node:buffer";
import { fromJSON, type MessageTypeDefinition, type MethodDefinition } from "@grpc/proto-loader";

/*
 * The seven unary calls of Modal's protocol (proto3, package `modal.client`) that tokens need. This is a descriptor,
 * not a `.proto` file, so that no file is read at run time. Only field numbers and types are sent; they are Modal's.
 * The lower-camel-case names are ours.
 */

type FieldTypes = Record<string, [id: number, type: string, rule?: "repeated"]>;

const message = (fields: FieldTypes) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule ? { rule } : {}) }]),
  ),
});

const EMPTY = "google.protobuf.Empty";
const TIMESTAMP = "google.protobuf.Timestamp";

const MODAL_MESSAGES = {
  // Until 2023, 1 and 2 were names of a node and a platform. They must not be reused.
  TokenFlowCreateRequest: message({
    utmSource: [3, "string"],
    localhostPort: [4, "int32"],
    nextUrl: [5, "string"],
    expiresInSeconds: [6, "uint32"],
  }),
  TokenFlowCreateResponse: message({
    tokenFlowId: [1, "string"],
    webUrl: [2, "string"],
    code: [3, "string"],
    waitSecret: [4, "string"],
  }),
  TokenFlowWaitRequest: message({
    timeout: [1, "float"],
    tokenFlowId: [2, "string"],
    waitSecret: [3, "string"],
  }),
  TokenFlowWaitResponse: message({
    tokenId: [1, "string"],
    tokenSecret: [2, "string"],
    timeout: [3, "bool"],
    workspaceUsername: [4, "string"],
  }),
  // Today's clients ignore the legacy fields 1 (a warning) and 2 (a version of the image builder). 3 is unused.
  ClientHelloResponse: message({ serverWarnings: [4, "Warning", "repeated"] }),
  // The type is an enum, which is sent as a number. We do not use it.
  Warning: message({ type: [1, "int32"], message: [2, "string"] }),
  WorkspaceNameLookupResponse: message({ workspaceName: [1, "string"], username: [2, "string"] }),
  TokenInfoGetRequest: message({}),
  // 4 and 5 are a oneof: a message has at most one of them.
  TokenInfoGetResponse: message({
    tokenId: [1, "string"],
    workspaceId: [2, "string"],
    workspaceName: [3, "string"],
    userIdentity: [4, "UserIdentity"],
    serviceUserIdentity: [5, "ServiceUserIdentity"],
    createdAt: [6, TIMESTAMP],
    expiresAt: [7, TIMESTAMP],
    tokenName: [8, "string"],
  }),
  UserIdentity: message({ userId: [1, "string"], username: [2, "string"] }),
  ServiceUserIdentity: message({
    serviceUserId: [1, "string"],
    serviceUserName: [2, "string"],
    createdBy: [3, "UserIdentity"],
  }),
  AuthTokenGetRequest: message({}),
  AuthTokenGetResponse: message({ token: [1, "string"] }),
  WorkspaceDashboardUrlRequest: message({ environmentName: [1, "string"] }),
  WorkspaceDashboardUrlResponse: message({ url: [1, "string"] }),
  RPCRetryPolicy: message({ retryAfterSecs: [1, "float"] }),
  RPCStatus: message({
    code: [1, "int32"],
    message: [2, "string"],
    details: [3, "google.protobuf.Any", "repeated"],
  }),
};

const GOOGLE_MESSAGES = {
  Empty: message({}),
  Timestamp: message({ seconds: [1, "int64"], nanos: [2, "int32"] }),
  Any: message({ typeUrl: [1, "string"], value: [2, "bytes"] }),
};

// The type of the descriptor requires a comment.
const method = (requestType: string, responseType: string) => ({ requestType, responseType, comment: "" });

const MODAL_CLIENT = {
  methods: {
    TokenFlowCreate: method("TokenFlowCreateRequest", "TokenFlowCreateResponse"),
    TokenFlowWait: method("TokenFlowWaitRequest", "TokenFlowWaitResponse"),
    ClientHello: method(EMPTY, "ClientHelloResponse"),
    WorkspaceNameLookup: method(EMPTY, "WorkspaceNameLookupResponse"),
    TokenInfoGet: method("TokenInfoGetRequest", "TokenInfoGetResponse"),
    AuthTokenGet: method("AuthTokenGetRequest", "AuthTokenGetResponse"),
    WorkspaceDashboardUrlGet: method("WorkspaceDashboardUrlRequest", "WorkspaceDashboardUrlResponse"),
  },
};

const definition = fromJSON({
  nested: {
    modal: { nested: { client: { nested: { ...MODAL_MESSAGES, ModalClient: MODAL_CLIENT } } } },
    google: { nested: { protobuf: { nested: GOOGLE_MESSAGES } } },
  },
}, { defaults: true, longs: Number });

/** A time in the protocol; null if the sender omitted it. */
export type WireTimestamp = { seconds: number; nanos: number } | null;

type Empty = Record<never, never>;

/** Request and response of each call. Omitted strings read as "", numbers as 0, messages as null. */
export type ModalRpcs = {
  TokenFlowCreate: [
    { utmSource: string; localhostPort: number; nextUrl: string; expiresInSeconds: number },
    { tokenFlowId: string; webUrl: string; code: string; waitSecret: string },
  ];
  TokenFlowWait: [
    { timeout: number; tokenFlowId: string; waitSecret: string },
    { tokenId: string; tokenSecret: string; timeout: boolean; workspaceUsername: string },
  ];
  ClientHello: [Empty, { serverWarnings: { type: number; message: string }[] }];
  WorkspaceNameLookup: [Empty, { workspaceName: string; username: string }];
  TokenInfoGet: [Empty, {
    tokenId: string;
    workspaceId: string;
    workspaceName: string;
    userIdentity: { userId: string; username: string } | null;
    serviceUserIdentity: { serviceUserId: string; serviceUserName: string } | null;
    createdAt: WireTimestamp;
    expiresAt: WireTimestamp;
    tokenName: string;
  }];
  AuthTokenGet: [Empty, { token: string }];
  WorkspaceDashboardUrlGet: [{ environmentName: string }, { url: string }];
};

export type ModalMethod = keyof ModalRpcs;
export type RequestOf<M extends ModalMethod> = ModalRpcs[M][0];
export type ResponseOf<M extends ModalMethod> = ModalRpcs[M][1];

/** The service `modal.client.ModalClient`: path, serialisers and deserialisers of each call. */
export const modalService = definition["modal.client.ModalClient"] as unknown as {
  [M in ModalMethod]: MethodDefinition<RequestOf<M>, ResponseOf<M>>;
};

type RpcStatus = { code: number; message: string; details: { typeUrl: string; value: Uint8Array }[] };

const messageType = <T>(name: string) =>
  definition[`modal.client.${name}`] as unknown as MessageTypeDefinition<T, T>;
const rpcStatus = messageType<RpcStatus>("RPCStatus");
const rpcRetryPolicy = messageType<{ retryAfterSecs: number }>("RPCRetryPolicy");

const RETRY_POLICY_TYPE = "/modal.client.RPCRetryPolicy";

/**
 * Reads the seconds of the RPCRetryPolicy in a `grpc-status-details-bin` trailer. Undefined if it has none or is
 * malformed.
 */
export function readRetryPolicy(trailer: string): number | undefined {
  try {
    const { details } = rpcStatus.deserialize(Buffer.from(Uint8Array.fromBase64(trailer)));
    const policy = details.find(({ typeUrl }) => typeUrl.endsWith(RETRY_POLICY_TYPE));
    return policy && rpcRetryPolicy.deserialize(Buffer.from(policy.value)).retryAfterSecs;
  } catch {
    return undefined;
  }
}

/** Builds the `grpc-status-details-bin` trailer with which a server asks for a retry after `retryAfterSecs`. */
export function writeRetryPolicy(code: number, text: string, retryAfterSecs: number): string {
  const value = rpcRetryPolicy.serialize({ retryAfterSecs });
  const details = [{ typeUrl: `type.googleapis.com${RETRY_POLICY_TYPE}`, value }];
  return rpcStatus.serialize({ code, message: text, details }).toBase64({ omitPadding: true });
}
