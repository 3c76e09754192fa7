const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/;
const IPV6_CHARACTERS = /^[\da-f:.]+$/i;
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * Returns an IP address in canonical form: IPv6 as in RFC 5952, without brackets and zone; IPv4-mapped IPv6
 * (RFC 4291 §2.5.5.2) as IPv4. Undefined if invalid.
 */
export function canonicalAddress(text: string): string | undefined {
  const [address = ""] = text.replace(/^\[(.*)\]$/, "$1").split("%", 1);
  if (IPV4.test(address) && !address.endsWith(".")) return address;
  const isIpv6 = address.includes(":") && IPV6_CHARACTERS.test(address);
  const canonical = isIpv6 ? URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) : undefined;
  if (canonical === undefined) return undefined;
  const halves = MAPPED.exec(canonical)?.slice(1).map((half) => parseInt(half, 16));
  return halves ? halves.flatMap((half) => [half >> 8, half & 255]).join(".") : canonical;
}

/** Returns the eight groups of an IPv6 address in canonical form. */
export function ipv6Groups(canonical: string): string[] {
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after];
}

/** Returns the /64 of an IPv6 address in canonical form, such as `2001:db8::/64`; undefined for other addresses. */
export function ipv6Block(address: string): string | undefined {
  const canonical = canonicalAddress(address);
  if (!canonical?.includes(":")) return undefined;
  return `${canonicalAddress(`${ipv6Groups(canonical).slice(0, 4).join(":")}::`)}/64`;
}

/** Formats an address or a name as the host of a URL. */
export function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
