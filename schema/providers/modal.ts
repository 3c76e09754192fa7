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
  description: "Modal's token flow: a person approves on Modal's page, and the tokens come to the vault.",
  interfaces: [FlowInterface],
  isTypeOf: seenBy(maySeeFlow),
  fields: (t) => ({
    tokenFlowId: t.string({
      nullable: true,
      description: "Modal's own id, `tf-…`; not for an operator with the role READ.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.detail.tokenFlowId : null,
    }),
    webUrl: t.field({
      type: "URL",
      nullable: true,
      description: "Where the user authorises; not for an operator with the role READ.",
      resolve: (flow, _args, context) => mayApprove(flow, context) ? flow.detail.webUrl : null,
    }),
    code: t.string({
      nullable: true,
      description:
        "To be typed on Modal's page; null when Modal asks for none, when the flow has ended, and as `webUrl`.",
      resolve: async (flow, _args, context) =>
        mayApprove(flow, context) ? (await flowSecrets(context.services.keys, flow))?.code || null : null,
    }),
    attempt: t.int({
      description: "Polls begun in this round of waiting, from 0.",
      resolve: (flow) => flow.detail.attempt,
    }),
    maxAttempts: t.int({ resolve: (flow) => flow.detail.maxAttempts }),
    pollSeconds: t.int({ resolve: (flow) => flow.detail.pollSeconds }),
    workspace: t.string({ nullable: true, resolve: (flow) => flow.detail.workspace }),
    credential: t.field({
      type: CredentialType,
      nullable: true,
      description: "Once tokens have arrived.",
      resolve: (flow, _args, { services }) =>
        flow.credentialId ? services.load.credential.load(flow.credentialId) : null,
    }),
  }),
});

const ModalTokenInfoType = builder.objectRef<ModalTokenInfo>("ModalTokenInfo").implement({
  description: "What Modal says a token is.",
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
  description: "Whether Modal could be reached from here within the last minute, and how fast.",
  fields: (t) => ({
    serverUrl: t.field({
      type: "URL",
      nullable: true,
      description: "For operators; null for anybody else.",
      resolve: (_status, _args, { caller, services }) =>
        hasRole(caller, "READ") ? services.modal.serverUrl : null,
    }),
    reachable: t.boolean({ resolve: ({ reached }) => reached !== undefined }),
    latencyMs: t.float({ nullable: true, resolve: ({ reached }) => reached?.latencyMs }),
    warnings: t.stringList({
      description: "For operators; empty for anybody else.",
      resolve: ({ reached }, _args, { caller }) => hasRole(caller, "READ") ? reached?.warnings ?? [] : [],
    }),
    failure: t.field({
      type: FlowFailureType,
      nullable: true,
      description: "What is wrong in its own words, for operators; in general words for anybody else.",
      resolve: ({ error }, _args, { caller }) => error && failureFor(caller, error),
    }),
  }),
});

function failureFor(caller: Caller, error: AuthError): FlowFailure {
  const { code, remedy: { actionRequired } } = error;
  if (!hasRole(caller, "READ")) {
    return { code, message: "Modal cannot be used from here now", actionRequired: "Try again later" };
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
    "Modal cannot be reached, or did not answer in time; says nothing about the token.",
  ),
  errorType(ModalRejected, "Modal refused: a bad token, an unknown or spent flow."),
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
        "Port of your own loopback listener that Modal's page may ask for the flow's id; 0 for none.",
    }),
    nextUrl: t.string({ defaultValue: "", description: "Path on Modal's site to go on to, like `/home`." }),
    utmSource: t.string({ defaultValue: "", description: "Where the person came from." }),
    expiresInSeconds: t.int({
      defaultValue: 0,
      description: "How long the granted token shall live; 0 for the workspace's maximum.",
    }),
    wait: t.boolean({ defaultValue: true, description: "Whether to begin waiting for the person at once." }),
  }),
});

builder.queryField("modalClient", (t) =>
  t.field({
    type: ModalClientStatus,
    description: "Connects to Modal, once a minute at most, and reports.",
    authScopes: { signedIn: true },
    resolve: (_root, _args, { services }) => services.modalStatus(),
  }));

builder.mutationFields((t) => ({
  startModalTokenFlow: t.field({
    type: ModalTokenFlowResult,
    description:
      "Asks Modal for a token flow. Open its `webUrl`, approve there, and the tokens come to the vault.",
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
      "Begins, or begins again, to wait; returns at once. A flow that is waited for stays as it is.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => ({
      flow: await waitForModalTokenFlow(services, caller, id),
    }),
  }),
  verifyModalCredential: t.field({
    type: ModalVerifyResult,
    description: "Asks Modal whether a stored token works, and what it is.",
    authScopes: { signedIn: true },
    extensions: { callsOut: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => verifyModalCredential(services, caller, id),
  }),
  importModalCredential: t.field({
    type: ModalVerifyResult,
    description:
      "Takes over a token that somebody has already: tried with Modal first, stored only when it works.",
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
    description: "As `flow`, typed.",
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
