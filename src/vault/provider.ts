import type { FlowKind } from "../flows/flow_kind.ts";
import type { Caller } from "../operations/caller.ts";
import type { Check } from "../operations/health/server.ts";
import type { Limit } from "../operations/limits/limit.ts";
import type { Variables } from "../platform/config/variable.ts";
import type { Loader } from "../platform/db/loader.ts";
import type { BrowserConsent } from "./browser_consent.ts";
import type { TokenProvider } from "./refresh.ts";
import type { Credential } from "./vault.ts";

/** A provider of tokens. Each describes itself in its folder and is listed in `src/providers/providers.ts`. */
export type Provider = {
  /** Its name in credentials, events and the API. */
  id: string;
  /** Its name for people. */
  label: string;
  /** Its name in paths, commands and flags. */
  slug: string;
  /** Its environment variables and limits. */
  variables: Variables;
  limits: Readonly<Record<string, Limit>>;
  /** Checks its variables together. Returns the problems. */
  problems?: (env: (name: string) => string | undefined) => string[];
  /** The kind of its flows. */
  flow: FlowKind;
  /** The shape of a revealed secret, for the description in the schema. */
  secretShape: string;
  /** The page where users can revoke grants themselves. Only for providers that revoke grants on request. */
  grantsPage?: string;
  /** When `connectUrl` returns null, for the description in the schema. */
  noConnectUrl?: string;
  /** Its loaders for resolvers. */
  loaders?: Readonly<Record<string, Loader<unknown>>>;
  /** Creates its client and settings, which are added to the services of resolvers. */
  connect: (config: never, options: never) => Promise<object>;
  /** Starts it in this process. */
  start: (services: never) => ProviderAdapter;
  /** Checks whether it answers, for a command without a server. */
  examine: (config: never) => Promise<Check>;
};

/** A running provider, for code that works with any provider. */
export type ProviderAdapter = Pick<Provider, "id" | "label" | "slug" | "grantsPage"> & {
  /** Refreshes its tokens. Undefined if they do not expire. */
  tokens?: TokenProvider;
  /** Checks whether it answers. Never rejects. */
  check: () => Promise<Check>;
  /** Verifies stored tokens that cannot be refreshed. */
  recheck?: () => Promise<unknown>;
  /** Returns our page where the owner of a credential authorises again, or null. */
  connectUrl: (credential: Credential) => string | null;
  /** Revokes the grant at the provider, if it supports that, and deletes the stored tokens. */
  revoke: (caller: Caller, credentialId: string) => Promise<Credential>;
  /** Revokes all grants of a user. Returns the number of grants that could not be revoked. */
  revokeGrantsOf?: (userId: string) => Promise<number>;
  /** Connects accounts in a browser. */
  consent?: BrowserConsent;
  /** Returns the number of flows that this instance polls. */
  waiting?: () => number;
  /** Takes over flows of instances that stopped. Called after each renewal of this instance's lease. */
  takeOver?: () => Promise<void>;
  /** Services that it adds for resolvers. */
  services?: object;
  /** Fails running calls and ends background work. May be called twice. */
  close: () => Promise<void>;
};

/** Provides all running providers. */
export type HasProviders = { providers: readonly ProviderAdapter[] };

/** Returns the provider of a credential. */
export function providerOf(
  { providers }: HasProviders,
  { provider }: Pick<Credential, "provider">,
): ProviderAdapter {
  const found = providers.find(({ id }) => id === provider);
  if (!found) throw new TypeError(`Unknown provider ${provider}`);
  return found;
}
