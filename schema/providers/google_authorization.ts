import {
  asGoogleAuthorization,
  type GoogleAuthorizationFlow,
  isOwn,
  openResume,
  openSecrets,
} from "../../src/providers/google/connect/authorization.ts";
import { completeGoogleAuthorization } from "../../src/providers/google/connect/complete_authorization.ts";
import {
  type GoogleAuthStatus,
  googleAuthStatus,
} from "../../src/providers/google/credential/google_connection.ts";
import { startGoogleAuthorization } from "../../src/providers/google/connect/start_authorization.ts";
import { GOOGLE_SLUG } from "../../src/providers/google/google_terms.ts";
import { givenText } from "../../src/lib/given_text.ts";
import { NodeInterface } from "../lib/node.ts";
import { builder, seenBy } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { FlowInterface, FlowResult, maySeeFlow } from "../flows.ts";
import { GOOGLE_NOT_CONFIGURED } from "./google_errors.ts";
import { CredentialType } from "../vault.ts";

const GoogleAuthorizationModeEnum = builder.enumType("GoogleAuthorizationMode", {
  values: {
    WEB: { description: "Google redirects the browser to this server." },
    CLI: {
      description: "Google redirects the browser to the caller's own listener on its loopback address.",
    },
  } as const,
});

const GoogleAuthorizationFlowType = builder.objectRef<GoogleAuthorizationFlow>("GoogleAuthorizationFlow")
  .implement({
    description: "An OAuth authorization at Google. The granted tokens are stored in the vault.",
    interfaces: [NodeInterface, FlowInterface],
    isTypeOf: seenBy<GoogleAuthorizationFlow>(maySeeFlow),
    fields: (t) => ({
      mode: t.field({ type: GoogleAuthorizationModeEnum, resolve: ({ detail }) => detail.mode }),
      authorizationUrl: t.field({
        type: "URL",
        nullable: true,
        description:
          "Google's consent page. Null for callers that did not start the flow, and when it has ended.",
        resolve: async (flow, _args, context) => {
          if (!await ownAuthorization(flow, context)) return null;
          return (await openSecrets(context.services.keys, flow))?.authorizationUrl;
        },
      }),
      redirectUri: t.field({ type: "URL", resolve: ({ detail }) => detail.redirectUri }),
      scopes: t.stringList({ description: "The requested scopes.", resolve: ({ detail }) => detail.scopes }),
      resume: t.field({
        type: "JSON",
        nullable: true,
        description:
          "The value given as `resume` at the start. Null for callers that did not start the flow. An operation can read it for up to 49 flows.",
        // It has up to 32 KiB.
        extensions: { weight: 100 },
        resolve: async (flow, _args, context) => {
          const own = await ownAuthorization(flow, context);
          return own && await openResume(context.services.keys, own);
        },
      }),
      credential: t.field({
        type: CredentialType,
        nullable: true,
        description: "The stored credential; null until Google has granted access.",
        resolve: (flow, _args, { services }) =>
          flow.credentialId ? services.load.credential.load(flow.credentialId) : null,
      }),
    }),
  });

/** The authorization's row, if the caller started the flow. */
async function ownAuthorization(flow: GoogleAuthorizationFlow, { caller, services }: Context) {
  const authorization = await services.load.googleAuthorization.load(flow.id);
  return authorization && isOwn(caller, authorization) ? authorization : undefined;
}

const GoogleAuthStatusType = builder.objectRef<GoogleAuthStatus>("GoogleAuthStatus").implement({
  description: "The state of the caller's Google grant, for web applications to check on every page.",
  fields: (t) => ({
    configured: t.exposeBoolean("configured"),
    authenticated: t.exposeBoolean("authenticated", {
      description: "True when there is a grant whose token works or can be refreshed.",
    }),
    tokenValid: t.exposeBoolean("tokenValid", { description: "True when the access token is valid now." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", nullable: true }),
    expiresInHours: t.exposeFloat("expiresInHours", {
      description: "0 when the token has expired or does not exist.",
    }),
    needsReauth: t.exposeBoolean("needsReauth", {
      description: "True when the user must authorise again at Google.",
    }),
    authorizationUrl: t.expose("authorizationUrl", {
      type: "URL",
      nullable: true,
      description:
        "A page of this server with a button that starts an authorization in the visitor's own session. Null when the token is valid. Accepts `?returnTo=` and `&scope=`.",
    }),
  }),
});

type Started = { flow: GoogleAuthorizationFlow; authorizationUrl: string };

const GoogleAuthorizationStarted = builder.objectRef<Started>("GoogleAuthorizationStarted").implement({
  fields: (t) => ({
    flow: t.expose("flow", { type: GoogleAuthorizationFlowType }),
    authorizationUrl: t.expose("authorizationUrl", {
      type: "URL",
      description: "Google's consent page. Send the browser there.",
    }),
  }),
});

const GoogleAuthorizationResult = builder.errorUnion("GoogleAuthorizationResult", {
  types: [GoogleAuthorizationStarted, GOOGLE_NOT_CONFIGURED, ...COMMON_ERRORS],
  resolveType: () => "GoogleAuthorizationStarted",
});

const StartGoogleAuthorizationInput = builder.inputType("StartGoogleAuthorizationInput", {
  fields: (t) => ({
    mode: t.field({ type: GoogleAuthorizationModeEnum, defaultValue: "WEB" }),
    scopes: t.stringList({
      description:
        "Google's scope names, up to 50. `openid` and `email` are always requested. Defaults to the scopes of the caller's present grant.",
    }),
    redirectUri: t.field({
      type: "URL",
      description:
        "Mode CLI: the caller's own listener, `http://127.0.0.1:PORT/` or `http://[::1]:PORT/`. Mode WEB: omit it.",
    }),
    returnTo: t.string({
      description:
        "Mode WEB: where the browser goes afterwards. A path on this server, or a URL of an allowed origin.",
    }),
    resume: t.field({
      type: "JSON",
      description:
        "Any JSON up to 32 KiB that describes what the caller was doing. The flow returns it as `resume`. If the flow neither succeeds nor is cancelled, the caller's next flow inherits it.",
    }),
  }),
});

const CompleteGoogleAuthorizationInput = builder.inputType("CompleteGoogleAuthorizationInput", {
  fields: (t) => ({
    state: t.string({ required: true }),
    code: t.string(),
    error: t.string({
      description: "The error that Google sent instead of a code. An empty text counts as absent.",
    }),
    iss: t.string({ description: "The issuer that Google sent (RFC 9207). Any other issuer is rejected." }),
  }),
});

builder.queryField("googleAuthStatus", (t) =>
  t.field({
    type: GoogleAuthStatusType,
    description: "The state of the caller's Google grant. Reads stored data only; it does not call Google.",
    authScopes: { signedIn: true },
    resolve: (_root, _args, { caller, services }) => googleAuthStatus(services, caller),
  }));

builder.mutationFields((t) => ({
  startGoogleAuthorization: t.field({
    type: GoogleAuthorizationResult,
    description:
      "Starts an authorization at Google and returns the flow and the URL to open. The state is valid for ten minutes. A flow that a browser starts is bound to that browser by a cookie. Operators need the role REVEAL. GOOGLE_NOT_CONFIGURED: the server has no Google client.",
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: StartGoogleAuthorizationInput, required: true }) },
    resolve: (_root, { input }, { caller, services, browserOf }) =>
      startGoogleAuthorization(services, caller, {
        mode: input.mode ?? "WEB",
        scopes: input.scopes ?? undefined,
        redirectUri: input.redirectUri ?? undefined,
        returnTo: givenText(input.returnTo),
        resume: input.resume,
      }, browserOf(GOOGLE_SLUG)),
  }),
  completeGoogleAuthorization: t.field({
    type: FlowResult,
    description:
      "Completes an authorization with the parameters that Google sent back. Requires the session, and the browser if there was one, that started the flow. INVALID_STATE: start again. AUTHORIZATION_DENIED: the user declined.",
    authScopes: { signedIn: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: CompleteGoogleAuthorizationInput, required: true }) },
    resolve: async (_root, { input }, { caller, services, browserOf }) => {
      const { flow } = await completeGoogleAuthorization(services, caller, input, browserOf(GOOGLE_SLUG));
      return { flow: asGoogleAuthorization(flow) };
    },
  }),
}));
