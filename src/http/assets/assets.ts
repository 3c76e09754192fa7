import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { sha256 } from "../../lib/crypto.ts";

type File = { file: string; type: string; path?: string; anyOrigin?: boolean };

/** The files that pages load: built by `deno task web`, or taken from `src/web` as they are. */
const FILES = {
  "page.js": { file: "./built/page.js", type: "text/javascript; charset=utf-8" },
  "link.js": { file: "./built/link.js", type: "text/javascript; charset=utf-8" },
  "frame.js": { file: "./built/frame.js", type: "text/javascript; charset=utf-8" },
  "connect.js": { file: "./built/connect.js", type: "text/javascript; charset=utf-8" },
  "passkey.js": { file: "./built/passkey.js", type: "text/javascript; charset=utf-8" },
  // Other sites load it as a module, so it has a fixed path and allows any origin.
  "embed.js": {
    file: "./built/embed.js",
    type: "text/javascript; charset=utf-8",
    path: "/embed.js",
    anyOrigin: true,
  },
  "style.css": { file: "./built/style.css", type: "text/css; charset=utf-8" },
  // Browsers request this path even if no page links to it.
  "icon.svg": { file: "../../web/icon.svg", type: "image/svg+xml", path: "/favicon.ico" },
} as const satisfies Record<string, File>;

export type AssetName = keyof typeof FILES;

export type Encoding = "br" | "gzip" | "identity";

export type Asset = {
  path: string;
  type: string;
  /** Whether the path contains the content's hash, so that the content never changes. */
  hashed: boolean;
  /** Hash of the content. */
  hash: string;
  /** Whether pages of any origin may load it as a module. */
  anyOrigin: boolean;
  /** The content, compressed on first use. */
  encoded(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>>;
};

export type Assets = {
  /** The path under which pages load the file. */
  path(name: AssetName): string;
  find(path: string): Asset | undefined;
};

/** Reads all files. */
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
