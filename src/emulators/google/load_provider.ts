import type { Provider } from "oidc-provider";

/**
 * oidc-provider, loaded where only variables named beforehand may be read: `debug`, which it brings, lists the
 * environment when it is loaded, and is shown an empty one. Not through the package's index, whose only further act is
 * to print that it has not been tried on Deno.
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
