import project from "../../../deno.json" with { type: "json" };
import { ENTRIES, type Entry, gzippedBytes } from "./entries.ts";
import { packSchema } from "./pack_schema.ts";
import { ROOT, runDeno } from "./run_deno.ts";

/** The paths of an entry's modules and types in the package. */
const files = ({ module }: Entry) => ({
  import: { types: `./${module}.d.ts`, default: `./${module}.js` },
  require: { types: `./cjs/${module}.d.ts`, default: `./cjs/${module}.js` },
});

const { require: main } = files(ENTRIES["."]);
const subpaths = Object.entries(ENTRIES).filter(([name]) => name !== ".");

const PACKAGE = {
  name: "@sallyport/client",
  version: project.version,
  description: "The client of Sallyport, for browsers, Node and Deno",
  license: project.license,
  type: "module",
  // For resolvers that do not read `exports`.
  main: main.default,
  types: main.types,
  typesVersions: {
    "*": Object.fromEntries(
      subpaths.map(([name, entry]) => [name.slice("./".length), [files(entry).require.types]]),
    ),
  },
  exports: {
    ...Object.fromEntries(Object.entries(ENTRIES).map(([name, entry]) => [name, files(entry)])),
    "./schema.graphql": "./schema.graphql",
    "./introspection.json": "./introspection.json",
    "./possibleTypes.json": "./possibleTypes.json",
    "./trusted-documents.json": "./trusted-documents.json",
    "./package.json": "./package.json",
  },
  engines: { node: ">=20" },
  peerDependencies: { "@simplewebauthn/browser": "^14.0.0", jose: "^6.0.0", react: "^18.0.0 || ^19.0.0" },
  peerDependenciesMeta: {
    "@simplewebauthn/browser": { optional: true },
    jose: { optional: true },
    react: { optional: true },
  },
  sideEffects: false,
};

/**
 * Writes the client as an npm package into `folder`, which is emptied first: ES and CommonJS modules without
 * dependencies (`/passkeys` needs `@simplewebauthn/browser`, `/server` jose, `/react` React), their type declarations, and the schema. It is ready for
 * `npm pack` and `npm publish`.
 */
export async function packClient(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await compile(folder, "esnext");
  await compile(`${folder}/cjs`, "commonjs");
  await rewriteDeclarations(folder);
  await includePrinter(folder);
  await Deno.writeTextFile(`${folder}/cjs/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
  await Deno.writeTextFile(`${folder}/package.json`, `${JSON.stringify(PACKAGE, null, 2)}\n`);
  await packSchema(folder, await Deno.readTextFile(`${ROOT}schema/schema.graphql`));
  await Deno.copyFile(`${ROOT}src/client/trusted_documents.json`, `${folder}/trusted-documents.json`);
  await Deno.copyFile(`${ROOT}src/client/README.md`, `${folder}/README.md`);
  await Deno.copyFile(`${ROOT}LICENSE`, `${folder}/LICENSE`);
}

/** Compiles all entries to modules of one kind, with their declarations. */
export async function compile(folder: string, module: "esnext" | "commonjs"): Promise<void> {
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
  const modules = Object.values(ENTRIES).map((entry) => `src/${entry.module}.ts`);
  await runDeno("run", "-q", "-A", compiler, ...emitted, ...target, ...libraries, ...modules);
}

/** Replaces `.ts` by `.js` in the import paths of declarations: the compiler does not, and older compilers need it. */
async function rewriteDeclarations(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await rewriteDeclarations(path);
    if (!name.endsWith(".d.ts")) continue;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** Copies the package that prints GraphQL into ours, with its licence, so that ours has no dependencies. */
async function includePrinter(folder: string): Promise<void> {
  const from = `${ROOT}node_modules/@0no-co/graphql.web`;
  for (const [modules, file] of [[folder, "graphql.web.mjs"], [`${folder}/cjs`, "graphql.web.js"]] as const) {
    const code = await Deno.readTextFile(`${from}/dist/${file}`);
    const own = `${modules}/client/print.js`;
    await Deno.writeTextFile(
      `${modules}/client/graphql.web.js`,
      code.replace(/^\/\/# sourceMappingURL.*$/m, ""),
    );
    const printer = await Deno.readTextFile(own);
    await Deno.writeTextFile(own, printer.replace('"@0no-co/graphql.web"', '"./graphql.web.js"'));
  }
  await Deno.copyFile(`${from}/LICENSE.md`, `${folder}/LICENSE.graphql.web.md`);
}

if (import.meta.main) {
  const folder = `${ROOT}dist/client`;
  await packClient(folder);
  console.log(`${folder}: ${PACKAGE.name} ${PACKAGE.version}`);
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const kibibytes = ((await gzippedBytes(entry)) / 1024).toFixed(1);
    const size = `${kibibytes} KiB gzipped (limit ${entry.maxGzippedBytes / 1024} KiB)`;
    console.log(`  ${`${PACKAGE.name}${name.slice(1)}`.padEnd(24)} ${size}`);
  }
}
