import { copied } from "../lib/copied.ts";
import { canonicalAddress } from "../platform/network/ip_address.ts";

/**
 * Returns the client address of a request, in canonical form. If the connection comes from a trusted proxy,
 * that is the rightmost hop of `X-Forwarded-For` that is not a trusted proxy; otherwise the connection's own
 * address. Hops further left may be forged by the client.
 */
export function clientAddress(
  headers: Headers,
  peer: string | null,
  isTrustedProxy: (address: string) => boolean,
): string | null {
  const connected = peer === null ? null : canonicalAddress(peer) ?? peer;
  if (connected === null || !isTrustedProxy(connected)) return connected;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => withoutPort(hop.trim()))
    .filter((hop) => hop !== "").map(canonicalAddress);
  const client = hops.findLast((hop) => hop === undefined || !isTrustedProxy(hop));
  return client === undefined ? connected : copied(client);
}

/** Removes the client's port, which some proxies add. It differs for every connection. */
function withoutPort(hop: string): string {
  const [, ipv4, ipv6] = /^(?:(\d+(?:\.\d+){3}):\d+|\[([^\]]*)\](?::\d+)?)$/.exec(hop) ?? [];
  return ipv4 ?? ipv6 ?? hop;
}
