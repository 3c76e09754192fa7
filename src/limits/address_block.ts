/**
 * The part of an address that one customer holds: IPv4 whole, IPv6 its first 64 bits (RFC 6177 §2), for whoever has
 * one such address has 2^64 of them. IPv4 written as IPv6 is IPv4.
 */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  // The URL parser knows all the ways to write one: what is left out by :: is put back in.
  const canonical = URL.parse(`http://[${address.split("%")[0]}]/`)?.hostname.slice(1, -1);
  if (canonical === undefined) return "no address";
  const [, high = "", low = ""] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high) {
    return [high, low].flatMap((half) => [parseInt(half, 16) >> 8, parseInt(half, 16) & 255]).join(".");
  }
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? [] : new Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
