import { type Intersection, merged } from "../lib/intersection.ts";
import type { Provider, ProviderAdapter } from "../vault/provider.ts";
import { google } from "./google/google_provider.ts";
import { modal } from "./modal/modal_provider.ts";

/** Every provider of tokens. */
export const PROVIDERS = [modal, google] as const satisfies Provider[];

type Each = (typeof PROVIDERS)[number];

/** What tests can put in the place of providers. */
export type ProviderOverrides = Omit<Intersection<Parameters<Each["connect"]>[1]>, "now">;

/** The providers' clients, and what else their operations need of the configuration. */
export type ProviderClients = Intersection<Awaited<ReturnType<Each["connect"]>>>;

export async function connectProviders(
  config: Intersection<Parameters<Each["connect"]>[0]>,
  options: Intersection<Parameters<Each["connect"]>[1]>,
): Promise<ProviderClients> {
  return merged(await Promise.all(PROVIDERS.map((provider) => provider.connect(config, options))));
}

const start = (services: Intersection<Parameters<Each["start"]>[0]>) =>
  PROVIDERS.map((provider) => provider.start(services));

/** What resolvers of providers find in their services beside the clients. */
export type ProviderServices = Intersection<
  Extract<ReturnType<typeof start>[number], { services: unknown }>["services"]
>;

/** Starts every provider, and returns with them what resolvers find in their services. */
export function startProviders(
  given: Parameters<typeof start>[0],
): { providers: readonly ProviderAdapter[]; services: ProviderServices } {
  const providers = start(given);
  const services = providers.flatMap((provider) => "services" in provider ? [provider.services] : []);
  return { providers, services: merged(services) };
}

/** The same list with one type for all, for questions that every provider answers. */
export const ANY_PROVIDERS: readonly Provider[] = PROVIDERS;
