import { type Caller, hasRole } from "../../src/operations/caller.ts";
import type { AuthError } from "../../src/lib/errors.ts";
import type { FlowFailure } from "../../src/flows/flows.ts";
import {
  ModalRejected,
  type ModalTokenInfo,
  ModalUnreachable,
} from "../../src/providers/modal/api/modal_api.ts";
import {
  importModalCredential,
  type Verified,
  verifyModalCredential,
} from "../../src/providers/modal/credential/modal_credential.ts";
import { explained, type ModalStatus } from "../../src/providers/modal/api/modal_status.ts";
import {
  asModalTokenFlow,
  flowSecrets,
  type ModalTokenFlow,
  startModalTokenFlow,
  waitForModalTokenFlow,
} from "../../src/providers/modal/connect/token_flow.ts";
import { Secret } from "../../src/lib/secret.ts";
import { NodeInterface } from "../lib/node.ts";
import { builder, seenBy } from "../lib/builder.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import {
  FLOW_ERRORS,
  FlowFailureType,
  FlowInterface,
  FlowResult,
  mayApprove,
  maySeeFlow,
  watchFlow,
} from "../flows.ts";
import { ServerInfo } from "../operations/server.ts";
import { CredentialType, VAULT_ERRORS } from "../vault.ts";

const ModalTokenFlowType = builder.objectRef<ModalTokenFlow>("ModalTokenFlow").implement({
  description: "Modal's token flow. The user approves on Modal's page, and the token is stored in the vault.",
  interfaces: [NodeInterface, FlowInterface],
  isTypeOf: seenBy(maySeeFlow),
  fields: (t) => ({
    tokenFlowId: t.string({
      nullable: true,
      description: "Modal's id of the flow, `tf-…`. Null for operators with the role READ.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.detail.tokenFlowId : null,
    }),
    webUrl: t.field({
      type: "URL",
      nullable: true,
      description: "Modal's page where the user approves. Null for operators with the role READ.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.detail.webUrl : null,
    }),
    code: t.string({
      nullable: true,
      description:
        "The code to type on Modal's page. Null when Modal requires none, when the flow has ended, and for operators with the role READ.",
      resolve: async (flow, _args, context) =>
        mayApprove(flow, context) ? (await flowSecrets(context.services.keys, flow))?.code || null : null,
    }),
    attempt: t.int({
      description: "Polls started since waiting last began.",
      resolve: (flow) => flow.detail.attempt,
    }),
    maxAttempts: t.int({
      description: "Polls before the flow becomes TIMED_OUT.",
      resolve: (flow) => flow.detail.maxAttempts,
    }),
    pollSeconds: t.int({
      description: "How long one poll waits, in seconds.",
      resolve: (flow) => flow.detail.pollSeconds,
    }),
    workspace: t.string({ nullable: true, resolve: (flow) => flow.detail.workspace }),
    credential: t.field({
      type: CredentialType,
      nullable: true,
      description: "The stored credential; null until the user has approved.",
      resolve: (flow, _args, { services }) =>
        flow.credentialId ? services.load.credential.load(flow.credentialId) : null,
    }),
  }),
});

const ModalTokenInfoType = builder.objectRef<ModalTokenInfo>("ModalTokenInfo").implement({
  description: "Modal's description of a token.",
  fields: (t) => ({
    tokenId: t.exposeString("tokenId"),
    tokenName: t.string({ nullable: true, resolve: (info) => info.tokenName }),
    workspaceId: t.string({ nullable: true, resolve: (info) => info.workspaceId }),
    workspaceName: t.exposeString("workspaceName"),
    username: t.string({ nullable: true, resolve: (info) => info.username }),
    createdAt: t.field({ type: "DateTime", nullable: true, resolve: (info) => info.createdAt }),
    expiresAt: t.field({ type: "DateTime", nullable: true, resolve: (info) => info.expiresAt }),
  }),
});

const ModalClientStatus = builder.objectRef<ModalStatus>("ModalClientStatus").implement({
  description: "The result of the last connection check with Modal, at most one minute old.",
  fields: (t) => ({
    serverUrl: t.field({
      type: "URL",
      nullable: true,
      description: "Modal's address. Null unless the caller is an operator.",
      resolve: (_status, _args, { caller, services }) =>
        hasRole(caller, "READ") ? services.modal.serverUrl : null,
    }),
    reachable: t.boolean({ resolve: ({ reached }) => reached !== undefined }),
    latencyMs: t.float({
      nullable: true,
      description: "Duration of the check in milliseconds; null when it failed.",
      resolve: ({ reached }) => reached?.latencyMs,
    }),
    warnings: t.stringList({
      description: "Warnings from Modal's server. Empty unless the caller is an operator.",
      resolve: ({ reached }, _args, { caller }) => hasRole(caller, "READ") ? reached?.warnings ?? [] : [],
    }),
    failure: t.field({
      type: FlowFailureType,
      nullable: true,
      description: "Why Modal cannot be used, or null. Only operators see the details.",
      resolve: ({ error }, _args, { caller }) => error && failureFor(caller, error),
    }),
  }),
});

function failureFor(caller: Caller, error: AuthError): FlowFailure {
  const { code, remedy: { actionRequired } } = error;
  if (!hasRole(caller, "READ")) {
    return { code, message: "Modal cannot be reached now", actionRequired: "Try again later" };
  }
  return { code, message: explained(error), ...(actionRequired ? { actionRequired } : {}) };
}

const ModalTokenFlowStarted = builder.objectRef<{ flow: ModalTokenFlow }>("ModalTokenFlowStarted").implement({
  fields: (t) => ({ flow: t.expose("flow", { type: ModalTokenFlowType }) }),
});

const ModalVerified = builder.objectRef<Verified>("ModalVerified").implement({
  fields: (t) => ({
    credential: t.expose("credential", { type: CredentialType }),
    info: t.expose("info", { type: ModalTokenInfoType }),
  }),
});

const MODAL_ERRORS = [
  errorType(
    ModalUnreachable,
    "Modal is unreachable or did not answer in time. The token may still be valid: try again later.",
  ),
  errorType(
    ModalRejected,
    "Modal rejected the request: the token is invalid, or its flow is unknown or used.",
  ),
];

const ModalTokenFlowResult = builder.errorUnion("ModalTokenFlowResult", {
  types: [ModalTokenFlowStarted, ...MODAL_ERRORS, ...FLOW_ERRORS, ...COMMON_ERRORS],
  resolveType: () => "ModalTokenFlowStarted",
});

const ModalVerifyResult = builder.errorUnion("ModalVerifyResult", {
  types: [ModalVerified, ...MODAL_ERRORS, ...VAULT_ERRORS, ...COMMON_ERRORS],
  resolveType: () => "ModalVerified",
});

const StartModalTokenFlowInput = builder.inputType("StartModalTokenFlowInput", {
  fields: (t) => ({
    localhostPort: t.int({
      defaultValue: 0,
      description:
        "Port of a loopback listener on the user's machine that Modal's page may ask for the flow's id; 0 for none.",
    }),
    nextUrl: t.string({
      defaultValue: "",
      description: "A path on Modal's site to open afterwards, such as `/home`.",
    }),
    utmSource: t.string({ defaultValue: "", description: "The `utm_source` that is passed to Modal." }),
    expiresInSeconds: t.int({
      defaultValue: 0,
      description: "Lifetime of the granted token in seconds; 0 for the workspace's maximum.",
    }),
    wait: t.boolean({
      defaultValue: true,
      description: "True starts waiting for the user's approval at once.",
    }),
  }),
});

builder.queryField("modalClient", (t) =>
  t.field({
    type: ModalClientStatus,
    description: "Checks the connection to Modal, at most once a minute.",
    authScopes: { signedIn: true },
    resolve: (_root, _args, { services }) => services.modalStatus(),
  }));

builder.mutationFields((t) => ({
  startModalTokenFlow: t.field({
    type: ModalTokenFlowResult,
    description:
      "Starts a token flow at Modal. Open `webUrl` and approve there; the server then stores the token in the vault. PROVIDER_UNAVAILABLE or MODAL_REJECTED: the flow is stored as FAILED. RATE_LIMITED: the caller has started too many flows. Guests cannot start one.",
    authScopes: { signedIn: true },
    extensions: { callsOut: true },
    args: { input: t.arg({ type: StartModalTokenFlowInput }) },
    resolve: async (_root, { input }, { caller, services }) => ({
      flow: await startModalTokenFlow(services, caller, {
        localhostPort: input?.localhostPort ?? 0,
        nextUrl: input?.nextUrl ?? "",
        utmSource: input?.utmSource ?? "",
        expiresInSeconds: input?.expiresInSeconds ?? 0,
        wait: input?.wait ?? true,
      }),
    }),
  }),
  waitForModalTokenFlow: t.field({
    type: FlowResult,
    description:
      "Starts waiting for the user's approval, or resumes a flow that is TIMED_OUT. Returns at once. Has no effect on a flow that is already WAITING. FLOW_ENDED: start a new flow.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => ({
      flow: await waitForModalTokenFlow(services, caller, id),
    }),
  }),
  verifyModalCredential: t.field({
    type: ModalVerifyResult,
    description:
      "Asks Modal whether a stored token works, and returns its description. MODAL_REJECTED: the token no longer works.",
    authScopes: { signedIn: true },
    extensions: { callsOut: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => verifyModalCredential(services, caller, id),
  }),
  importModalCredential: t.field({
    type: ModalVerifyResult,
    description:
      "Imports an existing Modal token. The server tries it with Modal first and stores it only if it works. MODAL_REJECTED: the token is invalid.",
    authScopes: { signedIn: true },
    extensions: { checksCredential: true },
    args: { tokenId: t.arg.string({ required: true }), tokenSecret: t.arg.string({ required: true }) },
    resolve: (_root, { tokenId, tokenSecret }, { caller, services }) =>
      importModalCredential(services, caller, { tokenId, tokenSecret: new Secret(tokenSecret) }),
  }),
}));

builder.subscriptionField("modalTokenFlow", (t) =>
  t.field({
    type: ModalTokenFlowType,
    description: "Sends a Modal flow, as the subscription `flow` does, with its own type.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, { id }, context) => watchFlow(context, id),
    resolve: (flow) => asModalTokenFlow(flow),
  }));

builder.objectField(
  ServerInfo,
  "modalServerUrl",
  (t) => t.field({ type: "URL", resolve: (_info, _args, { services }) => services.modalServerUrl }),
);
