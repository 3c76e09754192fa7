import { BlockList } from "node:net";
import { canonicalAddress } from "./ip_address.ts";

/**
 * Whether an address, however it is written, is one of these or lies in one of these ranges (`10.0.0.0/8`). What is
 * not an address lies in none.
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

/** An address in its one spelling, or a range of addresses that begins with one. Undefined for anything else. */
export function canonicalRange(text: string): string | undefined {
  const [typed = "", bits, more] = text.split("/");
  const address = canonicalAddress(typed);
  if (address === undefined || bits === undefined) return address;
  // The bits of IPv4 that is written as IPv6 count from another beginning.
  const isMapped = typed.includes(":") !== address.includes(":");
  const most = address.includes(":") ? 128 : 32;
  const isRange = !isMapped && more === undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  return isRange ? `${address}/${Number(bits)}` : undefined;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** RFC 1122 §3.2.1.3 and RFC 4291 §2.5.3: addresses that only this machine itself can connect from. */
export const isLoopbackAddress = addressesIn(["127.0.0.0/8", "::1"]);

/** Whether the host of a URL is this machine by an address or a name that no other machine can have. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(host);
}
