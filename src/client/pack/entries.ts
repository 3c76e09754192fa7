import { runDeno } from "./run_deno.ts";

/** A module that applications import, without its file extension, and the limit of its bundled, minified and gzipped size. */
export type Entry = { module: string; maxGzippedBytes: number };

/** The entries of the package, by the path after `@sallyport/client`. */
export const ENTRIES = {
  ".": { module: "client/sallyport", maxGzippedBytes: 12 * 1024 },
  "./passkeys": { module: "client/passkeys/passkeys", maxGzippedBytes: 4 * 1024 },
  "./react": { module: "client/react/react", maxGzippedBytes: 4 * 1024 },
  "./server": { module: "client/server/verifier", maxGzippedBytes: 4 * 1024 },
} as const satisfies Record<string, Entry>;

/** Not part of an entry's size: other packages, and the module that is loaded on demand. */
const NOT_COUNTED = ["react", "jose", "@simplewebauthn/browser", "./print.ts"];

/** Returns an entry and all its imports, except `external` modules, as one minified module. */
export function bundled({ module }: Entry, external: string[] = []): Promise<Uint8Array<ArrayBuffer>> {
  const options = [
    "-q",
    "--platform",
    "browser",
    "--minify",
    ...external.map((name) => `--external=${name}`),
  ];
  return runDeno("bundle", ...options, `src/${module}.ts`);
}

/** Returns the gzipped size of an entry, without the modules in `NOT_COUNTED`. */
export async function gzippedBytes(entry: Entry): Promise<number> {
  const code = await bundled(entry, NOT_COUNTED);
  const gzipped = new Blob([code]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(gzipped).arrayBuffer()).byteLength;
}
