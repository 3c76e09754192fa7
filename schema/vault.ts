import { mayAct } from "../src/operations/caller.ts";
import { followEvents } from "../src/events/follow.ts";
import { type AuthEvent, fromCursor, toCursor } from "../src/events/events.ts";
import { ANY_PROVIDERS } from "../src/providers/providers.ts";
import type { Secret } from "../src/lib/secret.ts";
import { providerOf } from "../src/vault/provider.ts";
import type { TokenHealth } from "../src/vault/health.ts";
import { revealCredential } from "../src/vault/reveal.ts";
import { refreshCredential, RefreshFailed } from "../src/vault/use.ts";
import {
  type Credential,
  CredentialNotFound,
  getCredential,
  pageOfCredentials,
  presentHealth,
  ReauthorizationRequired,
} from "../src/vault/vault.ts";
import { builder, seenBy } from "./lib/builder.ts";
import { connectionById } from "./lib/connections.ts";
import { COMMON_ERRORS, errorType } from "./lib/errors.ts";
import { ownOnly } from "./flows.ts";
import { orNull } from "./lib/or_null.ts";
import { RECENT_SIGN_IN_REQUIRED } from "./lib/refusals.ts";
import { whileAllowed } from "./lib/subscriptions.ts";
import { UserType } from "./accounts/users.ts";

const ProviderEnum = builder.enumType("Provider", {
  values: ANY_PROVIDERS.map(({ id }) => id),
});

const TokenHealthEnum = builder.enumType("TokenHealth", {
  values: {
    HEALTHY: {},
    EXPIRING: { description: "Inside the refresh horizon." },
    EXPIRED: {},
    REAUTHORIZATION_REQUIRED: {
      description: "The provider refuses it for good, or it is over and there is nothing to refresh it with.",
    },
    REVOKED: {},
    UNKNOWN: { description: "Not checked yet, or the provider could not be asked." },
  } as const,
});

/** Whose credentials have no page of ours to authorise again. */
const NO_CONNECT_URL = ANY_PROVIDERS.flatMap(({ noConnectUrl }) => noConnectUrl ?? []).join(", ");

const SECRET_SHAPES = ANY_PROVIDERS.map(({ label, secretShape }) => `\`${secretShape}\` for ${label}`).join(
  ", ",
);

export const CredentialType = builder.objectRef<Credential>("Credential").implement({
  description:
    "Tokens that somebody else issued, sealed in the vault. What is secret of them only the reveal gives.",
  isTypeOf: seenBy<Credential>((credential, { caller }) => mayAct(caller, "READ", credential.ownerId)),
  fields: (t) => ({
    id: t.exposeID("id"),
    provider: t.expose("provider", { type: ProviderEnum }),
    owner: t.field({
      type: UserType,
      nullable: true,
      description: "Whose it is; null for what an operator started.",
      resolve: ({ ownerId }, _args, { services }) =>
        ownerId === null ? null : services.load.user.load(ownerId),
    }),
    label: t.exposeString("label", { description: "The workspace, or the account's e-mail." }),
    tokenId: t.exposeString("tokenId", { nullable: true, description: "The public half only (`ak-…`)." }),
    scopes: t.exposeStringList("scopes"),
    health: t.field({
      type: TokenHealthEnum,
      resolve: (credential, _args, { services }) => presentHealth(services, credential),
    }),
    valid: t.boolean({
      description: "Whether it can be used now, as far as is known.",
      resolve: (credential, _args, { services }) =>
        ["HEALTHY", "EXPIRING"].includes(presentHealth(services, credential)),
    }),
    expired: t.boolean({
      resolve: ({ expiresAt }, _args, { services }) => expiresAt !== null && expiresAt <= services.now(),
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", nullable: true }),
    needsRefresh: t.boolean({
      description: "Whether it ends soon and can be refreshed.",
      resolve: (credential, _args, { services }) =>
        credential.hasRefreshToken &&
        ["EXPIRING", "EXPIRED"].includes(presentHealth(services, credential)),
    }),
    hasRefreshToken: t.exposeBoolean("hasRefreshToken"),
    authorizationUrl: t.field({
      type: "URL",
      nullable: true,
      description:
        `Our page where its owner authorises again, when health is REAUTHORIZATION_REQUIRED; ${NO_CONNECT_URL}.`,
      resolve: (credential, _args, { services }) =>
        presentHealth(services, credential) === "REAUTHORIZATION_REQUIRED"
          ? providerOf(services, credential).connectUrl(credential)
          : null,
    }),
    lastCheckedAt: t.expose("lastCheckedAt", { type: "DateTime", nullable: true }),
    lastRefreshedAt: t.expose("lastRefreshedAt", { type: "DateTime", nullable: true }),
    lastFailure: t.exposeString("lastFailure", { nullable: true }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

const RevealedCredential = builder.objectRef<{ credential: Credential; secret: Secret<unknown> }>(
  "RevealedCredential",
)
  .implement({
    description: "A credential with its secret. Each reveal is an event.",
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

/** A change of health, as the event log tells it. */
type HealthChange = { event: AuthEvent; credential: Credential };

const TokenHealthEvent = builder.objectRef<HealthChange>("TokenHealthEvent").implement({
  description: "A change of a credential's health.",
  fields: (t) => ({
    cursor: t.string({
      description: "Pass as `after` to go on from here: nothing lost, nothing twice.",
      resolve: ({ event }) => toCursor(event.position),
    }),
    credential: t.expose("credential", { type: CredentialType, description: "As it is now." }),
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
    "No credential of this id exists, or it is somebody else's: one answer for both.",
  ),
  errorType(ReauthorizationRequired, "The tokens are gone or cannot be read any more; only new ones help."),
];

/** What using or refreshing stored tokens can be refused with. */
export const REFRESH_ERRORS = [
  ...VAULT_ERRORS,
  errorType(RefreshFailed, "The provider could not be asked for new tokens. It says nothing about them."),
];

const CredentialResult = builder.errorUnion("CredentialResult", {
  types: [CredentialChanged, ...REFRESH_ERRORS, ...COMMON_ERRORS],
  resolveType: () => "CredentialChanged",
});

const RevealResult = builder.errorUnion("RevealResult", {
  types: [
    RevealedCredential,
    RECENT_SIGN_IN_REQUIRED,
    ...VAULT_ERRORS,
    ...COMMON_ERRORS,
  ],
  resolveType: () => "RevealedCredential",
});

builder.queryFields((t) => ({
  credential: t.field({
    type: CredentialType,
    nullable: true,
    description: "A credential of the caller's own, or any for an operator; null when there is no such one.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) =>
      orNull(getCredential(services, caller, id), CredentialNotFound),
  }),
  credentials: t.connection(
    {
      type: CredentialType,
      description: "The caller's own; operators see all. In order of creation.",
      authScopes: { signedIn: true },
      args: { provider: t.arg({ type: ProviderEnum }) },
      resolve: (_root, args, { caller, services }) =>
        connectionById(args, "crd", (page) =>
          pageOfCredentials(services.db, page, {
            ownerId: ownOnly(caller),
            provider: args.provider ?? undefined,
          })),
    },
    { name: "CredentialConnection" },
    { name: "CredentialEdge" },
  ),
}));

builder.mutationFields((t) => ({
  refreshCredential: t.field({
    type: CredentialResult,
    description:
      "Refreshes the tokens now. Those that were refreshed in the last ten seconds are answered as they are.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => ({
      credential: await refreshCredential(services, caller, id),
    }),
  }),
  revokeCredential: t.field({
    type: CredentialResult,
    description:
      "Ends the grant at the provider, where it can be, and destroys the stored tokens in any case. `lastFailure` says so when they still work at the provider.",
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
      "Gives the secret out: to its owner within ten minutes of signing in, or to an operator with the role REVEAL. Recorded as an event each time.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { caller, services }) => revealCredential(services, caller, id),
  }),
}));

builder.subscriptionField("tokenHealth", (t) =>
  t.field({
    type: TokenHealthEvent,
    description:
      "Every change of health, of one credential or of all the caller may see; resumable by cursor.",
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
