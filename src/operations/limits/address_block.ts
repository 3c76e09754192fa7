import { canonicalAddress } from "../../platform/network/ip_address.ts";

/**
 * The part of an address that one customer holds: IPv4 whole, IPv6 its first 64 bits (RFC 6177 §2), for whoever has
 * one such address has 2^64 of them. IPv4 written as IPv6 is IPv4.
 */
export function addressBlock(address: string): string {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return address.includes(":") ? "no address" : address;
  if (!canonical.includes(":")) return canonical;
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
