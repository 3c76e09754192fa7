import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { sha256 } from "../../lib/crypto.ts";

type File = { file: string; type: string; path?: string; anyOrigin?: boolean };

/** What browsers load besides pages: written by `deno task web`, or as it is in `src/web`. */
const FILES = {
  "page.js": { file: "./built/page.js", type: "text/javascript; charset=utf-8" },
  "link.js": { file: "./built/link.js", type: "text/javascript; charset=utf-8" },
  "frame.js": { file: "./built/frame.js", type: "text/javascript; charset=utf-8" },
  "connect.js": { file: "./built/connect.js", type: "text/javascript; charset=utf-8" },
  // Other sites name it in their pages; a module needs to be allowed to them.
  "embed.js": {
    file: "./built/embed.js",
    type: "text/javascript; charset=utf-8",
    path: "/embed.js",
    anyOrigin: true,
  },
  "style.css": { file: "./built/style.css", type: "text/css; charset=utf-8" },
  // Asked for by this name, whatever a page says.
  "icon.svg": { file: "../../web/icon.svg", type: "image/svg+xml", path: "/favicon.ico" },
} as const satisfies Record<string, File>;

export type AssetName = keyof typeof FILES;

export type Encoding = "br" | "gzip" | "identity";

export type Asset = {
  path: string;
  type: string;
  /** Whether the path has the content's hash in it, so that what is there never changes. */
  hashed: boolean;
  /** Of the content. */
  hash: string;
  /** Whether pages of any origin may load it as a module. */
  anyOrigin: boolean;
  /** The content; compressed once, when it is first asked for. */
  encoded(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>>;
};

export type Assets = {
  /** Where a page finds it. */
  path(name: AssetName): string;
  find(path: string): Asset | undefined;
};

/** Reads all of them. */
export async function openAssets(): Promise<Assets> {
  const names = Object.keys(FILES) as AssetName[];
  const all = new Map(await Promise.all(names.map(async (name) => [name, await open(name)] as const)));
  const byPath = new Map([...all.values()].map((asset) => [asset.path, asset]));
  return {
    path: (name) => all.get(name)?.path ?? "",
    find: (path) => byPath.get(path),
  };
}

async function open(name: AssetName): Promise<Asset> {
  const { file, type, path, anyOrigin = false }: File = FILES[name];
  const content = new Uint8Array(await readFile(new URL(file, import.meta.url)));
  const hash = sha256(content).toHex().slice(0, 16);
  const compressed = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();
  return {
    path: path ?? `/assets/${name.replace(".", `-${hash}.`)}`,
    type,
    hashed: path === undefined,
    hash,
    anyOrigin,
    encoded: (encoding) => {
      const known = compressed.get(encoding) ?? compress(content, encoding);
      compressed.set(encoding, known);
      return known;
    },
  };
}

async function compress(content: Uint8Array<ArrayBuffer>, encoding: Encoding) {
  if (encoding === "identity") return content;
  const run = promisify<Uint8Array, Uint8Array<ArrayBuffer>>(encoding === "br" ? brotliCompress : gzip);
  return new Uint8Array(await run(content));
}
