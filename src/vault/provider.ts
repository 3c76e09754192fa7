import type { FlowKind } from "../flows/flow_kind.ts";
import type { Caller } from "../operations/caller.ts";
import type { Check } from "../operations/health/server.ts";
import type { Limit } from "../operations/limits/limit.ts";
import type { Variables } from "../platform/config/variable.ts";
import type { Loader } from "../platform/db/loader.ts";
import type { BrowserConsent } from "./browser_consent.ts";
import type { TokenProvider } from "./refresh.ts";
import type { Credential } from "./vault.ts";

/** A provider of tokens. Each describes itself in its folder, and has a line in `src/providers/providers.ts`. */
export type Provider = {
  /** As credentials, events and the API call it. */
  id: string;
  /** As people call it. */
  label: string;
  /** As paths, commands and flags call it. */
  slug: string;
  /** The environment variables that it reads, and the limits that it has. */
  variables: Variables;
  limits: Readonly<Record<string, Limit>>;
  /** What is wrong with its variables together. */
  problems?: (env: (name: string) => string | undefined) => string[];
  /** The flows that it starts. */
  flow: FlowKind;
  /** The shape of a revealed secret, for the API's documentation. */
  secretShape: string;
  /** Where people remove what they granted, when the provider could not be told. */
  grantsPage?: string;
  /** When `connectUrl` is null, for the API's documentation. */
  noConnectUrl?: string;
  /** Finds rows of its own by many ids in one query, for resolvers. */
  loaders?: Readonly<Record<string, Loader<unknown>>>;
  /** Its client, and what else its operations need of the configuration. Resolvers find it in their services. */
  connect: (config: never, options: never) => Promise<object>;
  /** The provider at work in this process. */
  start: (services: never) => ProviderAdapter;
  /** Checks from a command line, without a server, whether it answers. */
  examine: (config: never) => Promise<Check>;
};

/** A provider at work, as the rooms use it that know no provider. */
export type ProviderAdapter = Pick<Provider, "id" | "label" | "slug" | "grantsPage"> & {
  /** Refreshes its tokens; undefined when they do not expire. */
  tokens?: TokenProvider;
  /** Whether it answers; never rejects. */
  check: () => Promise<Check>;
  /** Asks it about stored tokens that cannot be refreshed. */
  recheck?: () => Promise<unknown>;
  /** Our page where the owner of a credential authorises again; null when there is none. */
  connectUrl: (credential: Credential) => string | null;
  /** Ends the grant at the provider, if it can, and destroys the stored tokens. */
  revoke: (caller: Caller, credentialId: string) => Promise<Credential>;
  /** Ends at the provider everything a user has granted. Returns the number of grants it was not told of. */
  revokeGrantsOf?: (userId: string) => Promise<number>;
  /** Connects accounts in a browser. */
  consent?: BrowserConsent;
  /** Waits for the provider that this instance holds. */
  waiting?: () => number;
  /** Takes over waits of instances that died. Called after each renewal of this instance's lease. */
  takeOver?: () => Promise<void>;
  /** More that its resolvers find in their services. */
  services?: object;
  /** Fails the calls under way and ends its background work. Closing twice changes nothing. */
  close: () => Promise<void>;
};

/** Reaches every provider without knowing which there are. */
export type HasProviders = { providers: readonly ProviderAdapter[] };

/** The provider of this credential. */
export function providerOf(
  { providers }: HasProviders,
  { provider }: Pick<Credential, "provider">,
): ProviderAdapter {
  const found = providers.find(({ id }) => id === provider);
  if (!found) throw new TypeError(`There is no provider ${provider}`);
  return found;
}
