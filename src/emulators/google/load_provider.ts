import type { Provider } from "oidc-provider";

/**
 * Loads oidc-provider under restricted permissions. Its dependency `debug` lists all environment variables on load,
 * which Deno would refuse, so it sees an empty environment. We skip the package's index: it only adds a warning that
 * Deno is untested.
 */
export async function loadProvider(): Promise<typeof Provider> {
  const { toObject } = Deno.env;
  Deno.env.toObject = () => ({});
  try {
    // @ts-types="@types/oidc-provider"
    const library = await import("oidc-provider/lib/provider.js");
    return library.Provider;
  } finally {
    Deno.env.toObject = toObject;
  }
}
