import { mayAct } from "../src/operations/caller.ts";
import { followEvents } from "../src/events/follow.ts";
import { fromCursor, toCursor } from "../src/events/cursor.ts";
import type { AuthEvent } from "../src/events/events.ts";
import { ANY_PROVIDERS } from "../src/providers/providers.ts";
import type { Page } from "../src/lib/paging.ts";
import type { Secret } from "../src/lib/secret.ts";
import { providerOf } from "../src/vault/provider.ts";
import type { TokenHealth } from "../src/vault/health.ts";
import { revealCredential } from "../src/vault/reveal.ts";
import { refreshCredential, RefreshFailed } from "../src/vault/use.ts";
import {
  countCredentials,
  type Credential,
  CredentialNotFound,
  getCredential,
  pageOfCredentials,
  presentHealth,
} from "../src/vault/vault.ts";
import { ReauthorizationRequired } from "../src/vault/open_credential.ts";
import { builder, seenBy } from "./lib/builder.ts";
import { connectionById } from "./lib/connections.ts";
import { COMMON_ERRORS, errorType } from "./lib/errors.ts";
import { ownOnly } from "./flows.ts";
import { NodeInterface } from "./lib/node.ts";
import { orNull } from "./lib/or_null.ts";
import { STEP_UP_REQUIRED } from "./lib/refusals.ts";
import { whileAllowed } from "./lib/subscriptions.ts";
import { UserType } from "./accounts/users.ts";

const ProviderEnum = builder.enumType("Provider", {
  values: ANY_PROVIDERS.map(({ id }) => id),
});

const TokenHealthEnum = builder.enumType("TokenHealth", {
  values: {
    HEALTHY: { description: "Valid, and does not expire soon." },
    EXPIRING: { description: "It expires soon; the server will refresh it if it can." },
    EXPIRED: { description: "Expired. The server will refresh it if it can." },
    REAUTHORIZATION_REQUIRED: {
      description:
        "The provider has rejected it permanently, or it has expired and cannot be refreshed. The owner must authorise again.",
    },
    REVOKED: { description: "Revoked here; the stored tokens are deleted." },
    UNKNOWN: { description: "Not checked yet, or the provider could not be reached." },
  } as const,
});

/** The credentials without a page to authorise again. */
const NO_CONNECT_URL = ANY_PROVIDERS.flatMap(({ noConnectUrl }) => noConnectUrl ? ` ${noConnectUrl}.` : [])
  .join("");

const SECRET_SHAPES = ANY_PROVIDERS.map(({ label, secretShape }) => `\`${secretShape}\` for ${label}`).join(
  ", ",
);

export const CredentialType = builder.objectRef<Credential>("Credential").implement({
  description:
    "Tokens of a provider, stored encrypted in the vault. Only `revealCredential` and mutations that return access tokens return secret parts.",
  interfaces: [NodeInterface],
  isTypeOf: seenBy<Credential>((credential, { caller }) => mayAct(caller, "READ", credential.ownerId)),
  fields: (t) => ({
    id: t.exposeID("id"),
    provider: t.expose("provider", { type: ProviderEnum }),
    owner: t.field({
      type: UserType,
      nullable: true,
      description: "The owner; null for a credential that an operator connected.",
      resolve: ({ ownerId }, _args, { services }) =>
        ownerId === null ? null : services.load.user.load(ownerId),
    }),
    label: t.exposeString("label", {
      description: "The name of the account at the provider: its workspace or e-mail address.",
    }),
    tokenId: t.exposeString("tokenId", {
      nullable: true,
      description: "The public part of the token (`ak-…`), if the provider's tokens have one.",
    }),
    scopes: t.exposeStringList("scopes", { description: "The granted scopes." }),
    health: t.field({
      type: TokenHealthEnum,
      resolve: (credential, _args, { services }) => presentHealth(services, credential),
    }),
    valid: t.boolean({
      description: "True when it can be used now, as far as the server knows.",
      resolve: (credential, _args, { services }) =>
        ["HEALTHY", "EXPIRING"].includes(presentHealth(services, credential)),
    }),
    expired: t.boolean({
      resolve: ({ expiresAt }, _args, { services }) => expiresAt !== null && expiresAt <= services.now(),
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      nullable: true,
      description: "When the token expires; null if it does not.",
    }),
    needsRefresh: t.boolean({
      description: "True when it expires soon or has expired, and can be refreshed.",
      resolve: (credential, _args, { services }) =>
        credential.hasRefreshToken &&
        ["EXPIRING", "EXPIRED"].includes(presentHealth(services, credential)),
    }),
    hasRefreshToken: t.exposeBoolean("hasRefreshToken", {
      description: "True when the server can refresh it.",
    }),
    authorizationUrl: t.field({
      type: "URL",
      nullable: true,
      description:
        `A page of this server where the owner authorises again; set when health is REAUTHORIZATION_REQUIRED.${NO_CONNECT_URL}`,
      resolve: (credential, _args, { services }) =>
        presentHealth(services, credential) === "REAUTHORIZATION_REQUIRED"
          ? providerOf(services, credential).connectUrl(credential)
          : null,
    }),
    lastCheckedAt: t.expose("lastCheckedAt", { type: "DateTime", nullable: true }),
    lastRefreshedAt: t.expose("lastRefreshedAt", { type: "DateTime", nullable: true }),
    lastFailure: t.exposeString("lastFailure", {
      nullable: true,
      description: "The last error of a check, refresh or revocation, or null.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

const RevealedCredential = builder.objectRef<{ credential: Credential; secret: Secret<unknown> }>(
  "RevealedCredential",
)
  .implement({
    description: "A credential with its secret. Each reveal is recorded as an event.",
    fields: (t) => ({
      credential: t.expose("credential", { type: CredentialType }),
      secret: t.field({
        type: "JSON",
        description: `${SECRET_SHAPES}.`,
        resolve: ({ secret }) => secret.reveal(),
      }),
    }),
  });

export const CredentialChanged = builder.objectRef<{ credential: Credential }>("CredentialChanged").implement(
  {
    fields: (t) => ({ credential: t.expose("credential", { type: CredentialType }) }),
  },
);

/** A change of health, as the event log records it. */
type HealthChange = { event: AuthEvent; credential: Credential };

const TokenHealthEvent = builder.objectRef<HealthChange>("TokenHealthEvent").implement({
  description: "A change of a credential's health.",
  fields: (t) => ({
    cursor: t.string({
      description: "Pass it as `after` to continue after this change, without gaps or duplicates.",
      resolve: ({ event }) => toCursor(event),
    }),
    credential: t.expose("credential", {
      type: CredentialType,
      description: "The credential in its present state.",
    }),
    previous: t.field({
      type: TokenHealthEnum,
      nullable: true,
      resolve: ({ event }) => event.data["previous"] as TokenHealth | null,
    }),
    current: t.field({ type: TokenHealthEnum, resolve: ({ event }) => event.data["current"] as TokenHealth }),
    reason: t.string({ resolve: ({ event }) => String(event.data["reason"] ?? "") }),
    at: t.field({ type: "DateTime", resolve: ({ event }) => event.at }),
  }),
});

export const VAULT_ERRORS = [
  errorType(
    CredentialNotFound,
    "The credential does not exist, or it belongs to another user. Both cases return this error.",
  ),
  errorType(
    ReauthorizationRequired,
    "The tokens are missing, expired for good, or unreadable. Authorise again, at `authorizationUrl` if it is set.",
  ),
];

/** The errors that using or refreshing stored tokens can return. */
export const REFRESH_ERRORS = [
  ...VAULT_ERRORS,
  errorType(
    RefreshFailed,
    "The provider could not be reached for a refresh. The tokens may still be valid: try again later.",
  ),
];

const CredentialResult = builder.errorUnion("CredentialResult", {
  types: [CredentialChanged, ...REFRESH_ERRORS, ...COMMON_ERRORS],
  resolveType: () => "CredentialChanged",
});

const RevealResult = builder.errorUnion("RevealResult", {
  types: [
    RevealedCredential,
    STEP_UP_REQUIRED,
    ...VAULT_ERRORS,
    ...COMMON_ERRORS,
  ],
  resolveType: () => "RevealedCredential",
});

builder.queryFields((t) => ({
  credential: t.field({
    type: CredentialType,
    nullable: true,
    description:
      "A credential by its id: the caller's own, or any credential for operators. Null when no such credential exists.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) =>
      orNull(getCredential(services, caller, id), CredentialNotFound),
  }),
  credentials: t.connection(
    {
      type: CredentialType,
      description: "Credentials in order of creation. Operators see all credentials, users only their own.",
      authScopes: { signedIn: true },
      args: {
        provider: t.arg({ type: ProviderEnum }),
        onlyTroubled: t.arg.boolean({
          description:
            "Only those that need attention: EXPIRED, REAUTHORIZATION_REQUIRED or UNKNOWN, or whose last refresh failed.",
        }),
      },
      resolve: (_root, { provider, onlyTroubled, ...args }, { caller, services: { db } }) => {
        const limited = { provider: provider ?? undefined, onlyTroubled: onlyTroubled ?? false };
        const filter = { ownerId: ownOnly(caller), ...limited };
        const read = (page: Page) => pageOfCredentials(db, page, filter);
        return connectionById(args, "crd", read, () => countCredentials(db, filter));
      },
    },
    { name: "CredentialConnection" },
    { name: "CredentialEdge" },
  ),
}));

builder.mutationFields((t) => ({
  refreshCredential: t.field({
    type: CredentialResult,
    description:
      "Refreshes the tokens now. Returns tokens that were refreshed within the last ten seconds unchanged. REAUTHORIZATION_REQUIRED: the owner must authorise again. PROVIDER_UNAVAILABLE: try again later.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => ({
      credential: await refreshCredential(services, caller, id),
    }),
  }),
  revokeCredential: t.field({
    type: CredentialResult,
    description:
      "Revokes the grant at the provider, if the provider supports it, and deletes the stored tokens in any case. `lastFailure` is set when the tokens may still work at the provider.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      const provider = providerOf(services, await getCredential(services, caller, id));
      return { credential: await provider.revoke(caller, id) };
    },
  }),
  revealCredential: t.field({
    type: RevealResult,
    description:
      "Returns the secret to its owner, or to an operator with the role REVEAL. The owner must have proven their strongest factor in this session within the last ten minutes, or signed in if there is none, otherwise STEP_UP_REQUIRED. Each reveal is recorded as an event.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => revealCredential(services, caller, id),
  }),
}));

builder.subscriptionField("tokenHealth", (t) =>
  t.field({
    type: TokenHealthEvent,
    description:
      "Sends every change of health of one credential, or of all that the caller may see. Pass a `cursor` as `after` to resume.",
    authScopes: { signedIn: true },
    args: { credentialId: t.arg.id(), after: t.arg.string() },
    subscribe: async (_root, { credentialId, after }, context) => {
      const { caller, services } = context;
      if (credentialId != null) await getCredential(services, caller, credentialId);
      const events = await followEvents(
        { db: services.db, log: services.eventLog },
        {
          types: ["credential.health_changed"],
          userId: ownOnly(caller),
          credentialId: credentialId ?? undefined,
        },
        after == null ? undefined : fromCursor(after),
      );
      return whileAllowed(context, events);
    },
    resolve: async (event, _args, { services }) => {
      const credential = await services.load.credential.load(event.credentialId ?? "");
      if (!credential) throw new CredentialNotFound();
      return { event, credential };
    },
  }));
