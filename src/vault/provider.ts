import type { HasClock } from "../lib/clock.ts";
import type { Check } from "../operations/health/server.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { TokenProvider } from "./refresh.ts";
import type { Provider } from "./vault.ts";

/** The interface of a token provider to the rest of the server. Each provider implements it in `src/providers/`. */
export type ProviderAdapter = {
  id: Provider;
  /** Refreshes the provider's tokens. Undefined if they do not expire. */
  tokens?: TokenProvider;
  /** Checks whether the provider answers. Never rejects. */
  check: () => Promise<Check>;
  /** Revokes all grants of a user at the provider. Returns the number of grants that could not be revoked there. */
  revokeGrantsOf?: (services: HasDatabase & HasClock & HasKeys, userId: string) => Promise<number>;
};

/** Services with every provider. */
export type HasProviders = { providers: readonly ProviderAdapter[] };
