import { Buffer } from "node:buffer";
import { decodeHuffman } from "./huffman.ts";

/** Headers in order of arrival, with lower-case names. */
export type HeaderList = [name: string, value: string][];

/** RFC 7541, appendix A, in order: each entry is a name, or a name and a value. */
const STATIC_TABLE =
  (":authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|" +
    ":status 200|:status 204|:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|" +
    "accept-encoding gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|" +
    "authorization|cache-control|content-disposition|content-encoding|content-language|content-length|" +
    "content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|" +
    "if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|" +
    "proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|" +
    "strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate")
    .split("|").map((entry): [string, string] => {
      const [name = "", ...value] = entry.split(" ");
      return [name, value.join(" ")];
    });

/** Default size of the dynamic table. We never announce another one. */
const TABLE_BYTES = 4096;
/** Overhead of each header in the size of the table and of a header list (RFC 7541 §4.1). */
const ENTRY_BYTES = 32;
/** Limit of a header list. No known server sends a tenth of it. */
export const MAX_HEADER_LIST_BYTES = 64 * 1024;

const utf8 = new TextEncoder();

/**
 * Encodes headers as a header block. Each header is a never-indexed literal, which is simplest and keeps secrets out
 * of the tables of proxies.
 */
export function encodeHeaders(headers: HeaderList): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [name, value] of headers) bytes.push(0x10, ...literal(name), ...literal(value));
  return Uint8Array.from(bytes);
}

function literal(text: string): number[] {
  const bytes = utf8.encode(text);
  return [...integer(bytes.length, 7), ...bytes];
}

function integer(value: number, prefixBits: number): number[] {
  const limit = 2 ** prefixBits - 1;
  if (value < limit) return [value];
  const bytes = [limit];
  for (value -= limit; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

/** Decodes the header blocks of one connection. It must receive all of them in order. */
export class HeaderDecoder {
  readonly #table: HeaderList = [];
  #size = 0;
  #limit = TABLE_BYTES;

  /**
   * Decodes a block.
   *
   * @throws Error for a block that violates RFC 7541 or is too large; the connection must then be closed.
   */
  decode(block: Uint8Array): HeaderList {
    const reader = new BlockReader(block);
    const headers: HeaderList = [];
    let size = 0;
    while (!reader.done) {
      const header = this.#next(reader);
      if (!header) continue;
      size += sizeOf(header);
      if (size > MAX_HEADER_LIST_BYTES) throw new Error("HPACK: headers too large");
      headers.push(header);
    }
    return headers;
  }

  #next(reader: BlockReader): [string, string] | undefined {
    const first = reader.peek();
    if (first & 0x80) return this.#entry(reader.integer(7));
    if (first & 0x40) return this.#remember(this.#literal(reader, 6));
    if (first & 0x20) return this.#resize(reader.integer(5));
    return this.#literal(reader, 4);
  }

  #literal(reader: BlockReader, prefixBits: number): [string, string] {
    const index = reader.integer(prefixBits);
    const name = index === 0 ? reader.text() : this.#entry(index)[0];
    return [name, reader.text()];
  }

  #entry(index: number): [string, string] {
    const entry = STATIC_TABLE[index - 1] ?? this.#table[index - 1 - STATIC_TABLE.length];
    if (!entry) throw new Error("HPACK: no such entry");
    return entry;
  }

  #remember(header: [string, string]): [string, string] {
    this.#table.unshift(header);
    this.#size += sizeOf(header);
    this.#evict();
    return header;
  }

  #resize(limit: number): undefined {
    if (limit > TABLE_BYTES) throw new Error("HPACK: table too large");
    this.#limit = limit;
    this.#evict();
  }

  #evict() {
    while (this.#size > this.#limit) this.#size -= sizeOf(this.#table.pop()!);
  }
}

function sizeOf([name, value]: [string, string]): number {
  return name.length + value.length + ENTRY_BYTES;
}

class BlockReader {
  #at = 0;
  constructor(readonly block: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.block.length;
  }

  peek(): number {
    const byte = this.block[this.#at];
    if (byte === undefined) throw new Error("HPACK: block ends too early");
    return byte;
  }

  #byte(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }

  integer(prefixBits: number): number {
    const limit = 2 ** prefixBits - 1;
    let value = this.#byte() & limit;
    if (value < limit) return value;
    for (let factor = 1; factor <= 2 ** 21; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new Error("HPACK: number too large");
  }

  text(): string {
    const coded = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    if (length > this.block.length - this.#at) throw new Error("HPACK: block ends too early");
    const bytes = this.block.subarray(this.#at, this.#at += length);
    return toCodePoints(coded ? decodeHuffman(bytes) : bytes);
  }
}

/** Decodes ISO 8859-1. `TextDecoder("latin1")` would decode windows-1252 instead. */
function toCodePoints(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
