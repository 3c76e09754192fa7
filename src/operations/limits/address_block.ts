import { canonicalAddress, ipv6Groups } from "../../platform/network/ip_address.ts";

/**
 * Returns the address block that counts as one client: an IPv4 address itself, or the /64 prefix of an IPv6 address,
 * because a customer gets at least a /64 (RFC 6177 §2). An IPv4-mapped IPv6 address counts as IPv4.
 */
export function addressBlock(address: string): string {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return address.includes(":") ? "no address" : address;
  if (!canonical.includes(":")) return canonical;
  return `${ipv6Groups(canonical).slice(0, 4).join(":")}::/64`;
}
