import type { HasClock } from "../lib/clock.ts";
import type { Check } from "../operations/health/server.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { TokenProvider } from "./refresh.ts";
import type { Provider } from "./vault.ts";

/** A provider of tokens, as the other rooms use it. Each describes itself in its folder under `src/providers/`. */
export type ProviderAdapter = {
  id: Provider;
  /** Refreshes its tokens; undefined when they do not expire. */
  tokens?: TokenProvider;
  /** Whether it answers; never rejects. */
  check: () => Promise<Check>;
  /** Ends at the provider everything a user has granted. Returns the number of grants it was not told of. */
  revokeGrantsOf?: (services: HasDatabase & HasClock & HasKeys, userId: string) => Promise<number>;
};

/** Reaches every provider without knowing which there are. */
export type HasProviders = { providers: readonly ProviderAdapter[] };
