import { basename } from "node:path";
import { ROOT, runDeno } from "./run_deno.ts";

/** A module that applications import, without its suffix, and its size limit: bundled, minified and gzipped. */
export type Entry = { module: string; maxGzippedBytes: number };

/** The entries of the package, by the path after `@sallyport/client`. */
export const ENTRIES = {
  ".": { module: "client/sallyport", maxGzippedBytes: 12 * 1024 },
  "./react": { module: "client/react/react", maxGzippedBytes: 4 * 1024 },
  "./server": { module: "client/server/verifier", maxGzippedBytes: 4 * 1024 },
} as const satisfies Record<string, Entry>;

const BUNDLE = ["bundle", "-q", "--platform", "browser", "--minify"];

/** An entry and everything that it imports, as one module. */
export function bundled({ module }: Entry): Promise<Uint8Array<ArrayBuffer>> {
  return runDeno(...BUNDLE, `src/${module}.ts`);
}

/** The size of an entry, without other packages and without the modules that it loads on demand. */
export async function gzippedBytes({ module }: Entry): Promise<number> {
  await Deno.mkdir(`${ROOT}dist`, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: "bundle-" });
  try {
    const others = ["--external", "react", "--external", "jose"];
    await runDeno(...BUNDLE, "--code-splitting", "--outdir", folder, ...others, `src/${module}.ts`);
    const code = await Deno.readFile(`${folder}/${basename(module)}.js`);
    const gzipped = new Blob([code]).stream().pipeThrough(new CompressionStream("gzip"));
    return (await new Response(gzipped).arrayBuffer()).byteLength;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
