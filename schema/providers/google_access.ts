import { type GoogleAccess, googleAccess } from "../../src/providers/google/credential/google_access.ts";
import { importGoogleCredential } from "../../src/providers/google/credential/import_google.ts";
import { Secret } from "../../src/lib/secret.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { GOOGLE_ERRORS, GOOGLE_NOT_CONFIGURED } from "./google_errors.ts";
import { ServerInfo } from "../operations/server.ts";
import { CredentialChanged, REFRESH_ERRORS } from "../vault.ts";

const GoogleAccessType = builder.objectRef<GoogleAccess>("GoogleAccess").implement({
  description: "An access token for calling Google's APIs.",
  fields: (t) => ({
    accessToken: t.string({ resolve: ({ accessToken }) => accessToken.reveal() }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
    scopes: t.exposeStringList("scopes"),
  }),
});

const GoogleAccessResult = builder.errorUnion("GoogleAccessResult", {
  types: [GoogleAccessType, ...REFRESH_ERRORS, GOOGLE_NOT_CONFIGURED, ...COMMON_ERRORS],
  resolveType: () => "GoogleAccess",
});

const GoogleImportResult = builder.errorUnion("GoogleImportResult", {
  types: [CredentialChanged, ...GOOGLE_ERRORS, ...COMMON_ERRORS],
  resolveType: () => "CredentialChanged",
});

const ImportGoogleCredentialInput = builder.inputType("ImportGoogleCredentialInput", {
  fields: (t) => ({
    refreshToken: t.string({ required: true }),
    clientId: t.string({
      description: "The client id that the token was issued to, if known. It must be this server's.",
    }),
    scopes: t.stringList({ description: "The granted scopes; used only if Google does not return them." }),
  }),
});

builder.mutationFields((t) => ({
  googleAccess: t.field({
    type: GoogleAccessResult,
    description:
      "Returns a valid access token of a Google account that the caller connected and that has granted all of `scopes`; refreshes it if needed. An operator with the role REVEAL gets the token of an account that operators connected. REAUTHORIZATION_REQUIRED: no such account; open `authorizationUrl`. PROVIDER_UNAVAILABLE: the token has expired and Google cannot be reached.",
    authScopes: { signedIn: true },
    extensions: { givesAccess: true },
    args: { scopes: t.arg.stringList() },
    resolve: (_root, { scopes }, { caller, services }) => googleAccess(services, caller, scopes ?? []),
  }),
  importGoogleCredential: t.field({
    type: GoogleImportResult,
    description:
      "Imports a Google refresh token from another program. The server refreshes it first and stores it only if that succeeds. Importing the same account again replaces the stored tokens. Operators need the role REVEAL.",
    authScopes: { signedIn: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ImportGoogleCredentialInput, required: true }) },
    resolve: async (_root, { input }, { caller, services }) => ({
      credential: await importGoogleCredential(services, caller, {
        refreshToken: new Secret(input.refreshToken),
        clientId: input.clientId ?? undefined,
        scopes: input.scopes ?? [],
      }),
    }),
  }),
}));

builder.objectField(
  ServerInfo,
  "googleConfigured",
  (t) => t.boolean({ resolve: (_info, _args, { services }) => services.google.configured }),
);
