import { type GoogleAccess, googleAccess } from "../../src/providers/google/credential/google_access.ts";
import { importGoogleCredential } from "../../src/providers/google/credential/import_google.ts";
import { Secret } from "../../src/lib/secret.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { GOOGLE_ERRORS, GOOGLE_NOT_CONFIGURED } from "./google_errors.ts";
import { ServerInfo } from "../operations/server.ts";
import { CredentialChanged, REFRESH_ERRORS } from "../vault.ts";

const GoogleAccessType = builder.objectRef<GoogleAccess>("GoogleAccess").implement({
  description: "What a program needs to call Google for the caller.",
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
    clientId: t.string({ description: "The client it was granted to, where it is known: it must be ours." }),
    scopes: t.stringList({ description: "What was granted, should Google not say." }),
  }),
});

builder.mutationFields((t) => ({
  googleAccess: t.field({
    type: GoogleAccessResult,
    description:
      "A working access token of the caller's Google account that has granted all of `scopes`, refreshed if need be. An operator with the role REVEAL gets that of an account that operators connected.",
    authScopes: { signedIn: true },
    extensions: { givesAccess: true },
    args: { scopes: t.arg.stringList() },
    resolve: (_root, { scopes }, { caller, services }) => googleAccess(services, caller, scopes ?? []),
  }),
  importGoogleCredential: t.field({
    type: GoogleImportResult,
    description:
      "Takes over tokens that another program has of Google's: refreshed first, stored only when that works.",
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
