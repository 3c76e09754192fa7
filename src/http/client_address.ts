/**
 * The address a request came from: the rightmost hop of `X-Forwarded-For` that is not one of our proxies, when
 * the connection itself comes from one of them; otherwise the connection's own. What a client writes into the
 * header itself lies further left, and is not believed.
 */
export function clientAddress(
  headers: Headers,
  peer: string | null,
  trustedProxies: readonly string[],
): string | null {
  if (peer === null || !trustedProxies.includes(peer)) return peer;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => withoutPort(hop.trim()))
    .filter((hop) => hop !== "");
  const client = hops.findLast((hop) => !trustedProxies.includes(hop));
  return client !== undefined && isAddress(client) ? client : peer;
}

/** Some proxies write the client's port too, which is another one for every connection. */
function withoutPort(hop: string): string {
  const [, ipv4, ipv6] = /^(?:(\d+(?:\.\d+){3}):\d+|\[([^\]]*)\](?::\d+)?)$/.exec(hop) ?? [];
  return ipv4 ?? ipv6 ?? hop;
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || (text.includes(":") && URL.canParse(`http://[${text}]/`));
}
