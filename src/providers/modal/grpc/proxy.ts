import { InvalidInput } from "../../../lib/errors.ts";
import { addressesIn, canonicalRange, isLoopbackHost } from "../../../platform/network/address_ranges.ts";

/** An HTTP proxy that supports tunnels (CONNECT). */
export type Proxy = { hostname: string; port: number; authorization?: string };

export type ReadEnv = (name: string) => string | undefined;

/**
 * Finds the proxy for a server in the environment: `https_proxy` for TLS, `http_proxy` for plaintext, or `all_proxy`
 * for both, each in lower or upper case. Loopback hosts and hosts in `no_proxy` need no proxy.
 *
 * @throws InvalidInput if the variable is not an `http://` URL.
 */
export function proxyFor(server: { hostname: string; secure: boolean }, env: ReadEnv): Proxy | undefined {
  const read = (name: string) => env(name) || env(name.toUpperCase()) || undefined;
  const text = read(server.secure ? "https_proxy" : "http_proxy") ?? read("all_proxy");
  if (!text || isExempt(server.hostname, read("no_proxy") ?? "")) return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url?.protocol !== "http:") {
    throw new InvalidInput("Cannot use the proxy that the environment names: it must be an http:// URL");
  }
  const proxy = { hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 80) };
  if (!url.username) return proxy;
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { ...proxy, authorization: `Basic ${new TextEncoder().encode(login).toBase64()}` };
}

/** `no_proxy` lists domains including their subdomains, addresses and address ranges; `*` matches every host. */
function isExempt(hostname: string, noProxy: string): boolean {
  if (isLoopbackHost(hostname)) return true;
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase().replace(/^\*?\./, ""));
  const ranges = entries.map(canonicalRange).filter((range) => range !== undefined);
  return addressesIn(ranges)(hostname) ||
    entries.some((entry) => entry && (entry === "*" || hostname === entry || hostname.endsWith(`.${entry}`)));
}

/** Reads a variable. Without permission it counts as unset, and the user is not prompted. */
export function readableEnv(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
