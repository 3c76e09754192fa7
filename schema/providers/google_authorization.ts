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
import { builder, seenBy } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { FlowInterface, FlowResult, maySeeFlow } from "../flows.ts";
import { GOOGLE_NOT_CONFIGURED } from "./google_errors.ts";
import { CredentialType } from "../vault.ts";

const GoogleAuthorizationModeEnum = builder.enumType("GoogleAuthorizationMode", {
  values: {
    WEB: { description: "The browser comes back to this server." },
    CLI: { description: "The browser comes back to a listener of the caller's, on the machine it runs on." },
  } as const,
});

const GoogleAuthorizationFlowType = builder.objectRef<GoogleAuthorizationFlow>("GoogleAuthorizationFlow")
  .implement({
    description: "Somebody consents at Google, and what Google grants comes to the vault.",
    interfaces: [FlowInterface],
    isTypeOf: seenBy<GoogleAuthorizationFlow>(maySeeFlow),
    fields: (t) => ({
      mode: t.field({ type: GoogleAuthorizationModeEnum, resolve: ({ detail }) => detail.mode }),
      authorizationUrl: t.field({
        type: "URL",
        nullable: true,
        description: "Google's page, for who started the flow alone; null when it has ended.",
        resolve: async (flow, _args, context) => {
          if (!await ownAuthorization(flow, context)) return null;
          return (await openSecrets(context.services.keys, flow))?.authorizationUrl;
        },
      }),
      redirectUri: t.field({ type: "URL", resolve: ({ detail }) => detail.redirectUri }),
      scopes: t.stringList({ description: "What is asked for.", resolve: ({ detail }) => detail.scopes }),
      resume: t.field({
        type: "JSON",
        nullable: true,
        description: "What the caller asked us to keep, for who started the flow alone.",
        resolve: async (flow, _args, context) => {
          const own = await ownAuthorization(flow, context);
          return own && await openResume(context.services.keys, own);
        },
      }),
      credential: t.field({
        type: CredentialType,
        nullable: true,
        description: "Once Google has granted.",
        resolve: (flow, _args, { services }) =>
          flow.credentialId ? services.load.credential.load(flow.credentialId) : null,
      }),
    }),
  });

/** What stands beside the flow, when the caller started it. */
async function ownAuthorization(flow: GoogleAuthorizationFlow, { caller, services }: Context) {
  const authorization = await services.load.googleAuthorization.load(flow.id);
  return authorization && isOwn(caller, authorization) ? authorization : undefined;
}

const GoogleAuthStatusType = builder.objectRef<GoogleAuthStatus>("GoogleAuthStatus").implement({
  description: "Whether the caller's Google grant works: what a web app asks on every page.",
  fields: (t) => ({
    configured: t.exposeBoolean("configured"),
    authenticated: t.exposeBoolean("authenticated", {
      description: "Whether there is a grant to work with.",
    }),
    tokenValid: t.exposeBoolean("tokenValid", { description: "Whether the access token can be used now." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", nullable: true }),
    expiresInHours: t.exposeFloat("expiresInHours", { description: "0 when it is over, or there is none." }),
    needsReauth: t.exposeBoolean("needsReauth", { description: "Whether only consent at Google helps." }),
    authorizationUrl: t.expose("authorizationUrl", {
      type: "URL",
      nullable: true,
      description:
        "Unless the token is valid: a page of ours whose button starts a flow in the visitor's own session. Add `?returnTo=` and `&scope=`.",
    }),
  }),
});

type Started = { flow: GoogleAuthorizationFlow; authorizationUrl: string };

const GoogleAuthorizationStarted = builder.objectRef<Started>("GoogleAuthorizationStarted").implement({
  fields: (t) => ({
    flow: t.expose("flow", { type: GoogleAuthorizationFlowType }),
    authorizationUrl: t.expose("authorizationUrl", {
      type: "URL",
      description: "Google's page: send the browser there.",
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
        "Google's names; `openid` and `email` are always asked for. When left out, what the caller's present grant has.",
    }),
    redirectUri: t.field({
      type: "URL",
      description:
        "CLI: the caller's own listener, `http://127.0.0.1:PORT/` or on `[::1]`. WEB: leave it out.",
    }),
    returnTo: t.string({
      description: "WEB: where the browser goes in the end, a path here or a page of a listed origin.",
    }),
    resume: t.field({
      type: "JSON",
      description:
        "What the caller was doing, up to 32 KiB: given back with the flow, and handed on to the caller's next one unless this one succeeds first or is cancelled.",
    }),
  }),
});

const CompleteGoogleAuthorizationInput = builder.inputType("CompleteGoogleAuthorizationInput", {
  fields: (t) => ({
    state: t.string({ required: true }),
    code: t.string(),
    error: t.string({ description: "What Google sent in place of a code. Empty means absent." }),
    iss: t.string({ description: "Who answered, as Google sent it (RFC 9207); another issuer is refused." }),
  }),
});

builder.queryField("googleAuthStatus", (t) =>
  t.field({
    type: GoogleAuthStatusType,
    description: "Whether the caller's Google grant works. Asking creates nothing.",
    authScopes: { signedIn: true },
    resolve: (_root, _args, { caller, services }) => googleAuthStatus(services, caller),
  }));

builder.mutationFields((t) => ({
  startGoogleAuthorization: t.field({
    type: GoogleAuthorizationResult,
    description:
      "Begins to connect Google: a flow, and the URL to send the browser to. What a browser starts is bound to it by a cookie.",
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
      "Finishes a flow with what Google sent back; needs the session, and the browser if one did, that started it.",
    authScopes: { signedIn: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: CompleteGoogleAuthorizationInput, required: true }) },
    resolve: async (_root, { input }, { caller, services, browserOf }) => {
      const { flow } = await completeGoogleAuthorization(services, caller, input, browserOf(GOOGLE_SLUG));
      return { flow: asGoogleAuthorization(flow) };
    },
  }),
}));
