import { canonicalAddress } from "../platform/network/ip_address.ts";

/**
 * The address a request came from: the rightmost hop of `X-Forwarded-For` that is not one of our proxies, when
 * the connection itself comes from one of them; otherwise the connection's own. What a client writes into the
 * header itself lies further left, and is not believed. Addresses are compared, and returned, in their one spelling.
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
  return client ?? connected;
}

/** Some proxies write the client's port too, which is another one for every connection. */
function withoutPort(hop: string): string {
  const [, ipv4, ipv6] = /^(?:(\d+(?:\.\d+){3}):\d+|\[([^\]]*)\](?::\d+)?)$/.exec(hop) ?? [];
  return ipv4 ?? ipv6 ?? hop;
}
