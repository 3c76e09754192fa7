import { type Intersection, merged } from "../lib/intersection.ts";
import type { Rule } from "../diagnosis/facts.ts";
import type { Provider, ProviderAdapter } from "../vault/provider.ts";
import { google } from "./google/google_provider.ts";
import { modal } from "./modal/modal_provider.ts";

/** A provider, and the rules that find causes why an account at it is not connected. */
type Described = Provider & { rules?: readonly Rule[] };

/** All providers of tokens. */
export const PROVIDERS = [modal, google] as const satisfies Described[];

type Each = (typeof PROVIDERS)[number];

/** The parts of providers that tests can replace. */
export type ProviderOverrides = Omit<Intersection<Parameters<Each["connect"]>[1]>, "now">;

/** The providers' clients and settings. */
export type ProviderClients = Intersection<Awaited<ReturnType<Each["connect"]>>>;

/** Creates the client and the settings of every provider from the configuration. */
export async function connectProviders(
  config: Intersection<Parameters<Each["connect"]>[0]>,
  options: Intersection<Parameters<Each["connect"]>[1]>,
): Promise<ProviderClients> {
  return merged(await Promise.all(PROVIDERS.map((provider) => provider.connect(config, options))));
}

const start = (services: Intersection<Parameters<Each["start"]>[0]>) =>
  PROVIDERS.map((provider) => provider.start(services));

/** The services that running providers add for resolvers, besides their clients. */
export type ProviderServices = Intersection<
  Extract<ReturnType<typeof start>[number], { services: unknown }>["services"]
>;

/** Starts every provider. Returns them with the services that they add for resolvers. */
export function startProviders(
  given: Parameters<typeof start>[0],
): { providers: readonly ProviderAdapter[]; services: ProviderServices } {
  const providers = start(given);
  const services = providers.flatMap((provider) => "services" in provider ? [provider.services] : []);
  return { providers, services: merged(services) };
}

/** The same list with one type for all providers. */
export const ANY_PROVIDERS: readonly Provider[] = PROVIDERS;
