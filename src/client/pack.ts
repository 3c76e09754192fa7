import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { packSchema } from "./pack_schema.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const ENTRY = "src/client/sallyport.ts";

/** The entry for services, which needs jose. */
const SERVER_ENTRY = "src/client/server/verifier.ts";

/** The size limit of the whole client: bundled, minified and gzipped. */
export const MAX_GZIPPED_BYTES = 12 * 1024;

const PACKAGE = {
  name: "@sallyport/client",
  version: project.version,
  description: "The client of Sallyport, for browsers, Node and Deno",
  license: project.license,
  type: "module",
  // For resolvers that do not read `exports`.
  main: "./cjs/client/sallyport.js",
  types: "./cjs/client/sallyport.d.ts",
  exports: {
    ".": {
      import: { types: "./client/sallyport.d.ts", default: "./client/sallyport.js" },
      require: { types: "./cjs/client/sallyport.d.ts", default: "./cjs/client/sallyport.js" },
    },
    "./server": {
      import: { types: "./client/server/verifier.d.ts", default: "./client/server/verifier.js" },
      require: { types: "./cjs/client/server/verifier.d.ts", default: "./cjs/client/server/verifier.js" },
    },
    "./schema.graphql": "./schema.graphql",
    "./introspection.json": "./introspection.json",
    "./possibleTypes.json": "./possibleTypes.json",
    "./trusted-documents.json": "./trusted-documents.json",
    "./package.json": "./package.json",
  },
  engines: { node: ">=20" },
  peerDependencies: { jose: "^6.0.0" },
  peerDependenciesMeta: { jose: { optional: true } },
  sideEffects: false,
};

/**
 * Writes the client as an npm package into `folder`, which is emptied first: ES and CommonJS modules without
 * dependencies (`/server` needs jose), their type declarations, and the schema. It is ready for `npm pack` and `npm publish`.
 */
export async function packClient(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await compile(folder, "esnext");
  await compile(`${folder}/cjs`, "commonjs");
  await rewriteDeclarations(folder);
  await Deno.writeTextFile(`${folder}/cjs/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
  await Deno.writeTextFile(`${folder}/package.json`, `${JSON.stringify(PACKAGE, null, 2)}\n`);
  await packSchema(folder, await Deno.readTextFile(`${ROOT}schema/schema.graphql`));
  await Deno.copyFile(`${ROOT}src/client/trusted_documents.json`, `${folder}/trusted-documents.json`);
  await Deno.copyFile(`${ROOT}src/client/README.md`, `${folder}/README.md`);
  await Deno.copyFile(`${ROOT}LICENSE`, `${folder}/LICENSE`);
}

async function compile(folder: string, module: "esnext" | "commonjs"): Promise<void> {
  const emitted = [
    "--rootDir",
    "src",
    "--outDir",
    folder,
    "--declaration",
    "--rewriteRelativeImportExtensions",
    // A parent folder may have a tsconfig.json.
    "--ignoreConfig",
  ];
  const target = ["--strict", "--target", "es2022", "--module", module, "--moduleResolution", "bundler"];
  const libraries = ["--lib", "es2022,dom,dom.iterable", "--types", ""];
  const compiler = `${project.imports.typescript}/tsc`;
  await deno("run", "-q", "-A", compiler, ...emitted, ...target, ...libraries, ENTRY, SERVER_ENTRY);
}

/** Replaces `.ts` by `.js` in import paths: the compiler leaves them, and older compilers cannot resolve them. */
async function rewriteDeclarations(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await rewriteDeclarations(path);
    if (!name.endsWith(".d.ts")) continue;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** The client as one minified module. */
export function bundleClient(): Promise<Uint8Array<ArrayBuffer>> {
  return deno("bundle", "-q", "--platform", "browser", "--minify", ENTRY);
}

/** The size of the whole client, bundled, minified and gzipped. */
export async function gzippedClientBytes(): Promise<number> {
  const gzipped = new Blob([await bundleClient()]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(gzipped).arrayBuffer()).byteLength;
}

async function deno(...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command("deno", { args, cwd: ROOT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr) || new TextDecoder().decode(stdout));
  return stdout;
}

if (import.meta.main) {
  const folder = `${ROOT}dist/client`;
  await packClient(folder);
  const kibibytes = ((await gzippedClientBytes()) / 1024).toFixed(1);
  const size = `${kibibytes} KiB gzipped (limit ${MAX_GZIPPED_BYTES / 1024} KiB)`;
  console.log(`${folder}: ${PACKAGE.name} ${PACKAGE.version}, ${size}`);
}
