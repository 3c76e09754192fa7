import { BlockList } from "node:net";
import { canonicalAddress } from "./ip_address.ts";

/**
 * Returns a function that tests whether an address, in any spelling, is in one of these addresses or ranges
 * (`10.0.0.0/8`). Invalid addresses are in none.
 */
export function addressesIn(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    list.addSubnet(address, Number(bits ?? (address.includes(":") ? 128 : 32)), familyOf(address));
  }
  return (text) => {
    const address = canonicalAddress(text);
    return address !== undefined && list.check(address, familyOf(address));
  };
}

/** Returns an address or a range in canonical form, or undefined if invalid. */
export function canonicalRange(text: string): string | undefined {
  const [typed = "", bits, more] = text.split("/");
  const address = canonicalAddress(typed);
  if (address === undefined || bits === undefined) return address;
  // Prefix lengths of IPv4-mapped IPv6 addresses count differently, so they are not accepted.
  const isMapped = typed.includes(":") !== address.includes(":");
  const most = address.includes(":") ? 128 : 32;
  const isRange = !isMapped && more === undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  return isRange ? `${address}/${Number(bits)}` : undefined;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/**
 * Whether an address is loopback (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3): only this machine can connect from it.
 */
export const isLoopbackAddress = addressesIn(["127.0.0.0/8", "::1"]);

/** Whether a URL's host is a loopback address or `localhost`. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(host);
}
