import assert from "node:assert/strict";
import { basename, dirname, join, relative } from "node:path/posix";
import { equalBytes } from "../src/lib/crypto.ts";
import { FACTOR_KINDS } from "../src/operations/assurance.ts";
import { PROVIDERS } from "../src/providers/providers.ts";
import { SIGN_IN_METHODS } from "../src/sign_in/methods.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const CODE = ["src", "schema", "migrations", "tui"];

type Import = { from: string; to: string };

/** Every import of every file, by path from the project's root; packages by their name. */
function imports(): Import[] {
  return CODE.flatMap((folder) => filesIn(join(ROOT, folder))).flatMap((file) => {
    const text = Deno.readTextFileSync(file);
    const names = [...text.matchAll(/^\s*(?:import|export|\}).*?\bfrom "([^"]+)"|\bimport\(?\s*"([^"]+)"/gm)];
    return names.map(([, from, side]) => {
      const name = from ?? side ?? "";
      const to = name.startsWith(".") ? relative(ROOT, join(dirname(file), name)) : name;
      return { from: relative(ROOT, file), to };
    });
  });
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
      const path = join(folder, name);
      return isDirectory ? filesIn(path) : /\.tsx?$/.test(name) ? [path] : [];
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Returns true if a file belongs to this provider, by its path. */
function isOfProvider(file: string, slug: string): boolean {
  const places = [
    `src/providers/${slug}/`,
    `schema/providers/${slug}`,
    `src/sign_in/${slug}/`,
    `schema/sign_in/${slug}.ts`,
    `src/emulators/${slug}/`,
    `src/cli/${slug}`,
  ];
  return places.some((place) => file.startsWith(place));
}

/** The services that a process makes once, and their types. */
const MADE_ONCE = ["src/app.ts", "src/wiring/services.ts", "schema/lib/context.ts"];

/** `to` may be imported by files that match `by`, and by no others. */
const ONLY: { what: string; to: RegExp; by: (from: string, to: string) => boolean }[] = [
  {
    what: "a store is for its own folder: others ask the noun",
    to: /_store\.ts$/,
    by: (from, to) => dirname(from) === dirname(to),
  },
  {
    what: "emulators are loaded by the flag that asks for them, and by nothing else",
    to: /^src\/emulators\//,
    by: (from) => from === "src/cli/emulate.ts" || from.startsWith("src/emulators/"),
  },
  {
    what: "the domain does not know its GraphQL face",
    to: /^schema\//,
    by: (from) => from.startsWith("schema/") || from === "src/app.ts",
  },
  {
    what: "the wiring is for the command line",
    to: /^src\/app\.ts$/,
    by: (from) => from.startsWith("src/cli/"),
  },
  {
    what: "the domain does not know HTTP",
    to: /^src\/http\//,
    by: (from) => from.startsWith("src/http/") || from === "src/app.ts",
  },
  {
    what: "commands are for the one who types them",
    to: /^src\/cli\//,
    by: (from) => from.startsWith("src/cli/") || from === "src/main.ts",
  },
  {
    what: "grpc-js can crash Deno, so tests alone run it, in other processes",
    to: /^@grpc\/grpc-js/,
    by: () => false,
  },
  {
    what: "a sign-in method has one entrance: its line in the list of methods",
    to: /^src\/sign_in\/\w+\/\w+_method\.ts$/,
    by: (from) => from === "src/sign_in/methods.ts",
  },
  {
    what:
      "a sign-in method is for its own folder and its GraphQL face; each method can turn a guest into a user",
    to: /^src\/sign_in\/\w+\/\w+(?<!_method)\.ts$/,
    by: (from, to) =>
      dirname(from) === dirname(to) || from === `schema/sign_in/${basename(dirname(to))}.ts` ||
      (to === "src/sign_in/guests/guests.ts" && /^(src|schema)\/sign_in\//.test(from)) ||
      // The queue of hashes has a bound for the whole process.
      (to === "src/sign_in/password/hash_queue.ts" && MADE_ONCE.includes(from)),
  },
  {
    what: "only the list of providers imports the object that describes a provider",
    to: /^src\/providers\/\w+\/\w+_provider\.ts$/,
    by: (from) => from === "src/providers/providers.ts",
  },
  {
    what: "only a provider's own folder, resolvers, sign-in method, commands and emulator import its modules",
    to: /^src\/providers\/\w+\/(?!\w+_provider\.ts)/,
    by: (from, to) => isOfProvider(from, to.split("/")[2] ?? ""),
  },
  {
    what: "migrations are run in one place",
    to: /^migrations\//,
    by: (from) => from === "src/platform/db/migrate.ts",
  },
];

/** Files that match `from` import what matches `to`, and nothing else. */
const NOTHING_BUT: { what: string; from: RegExp; to: RegExp }[] = [
  { what: "migrations are frozen, so they know kysely alone", from: /^migrations\//, to: /^kysely$/ },
  {
    what: "the terminal is a client; it shares only pure functions that decide what a filter means",
    from: /^tui\//,
    to:
      /^(tui\/|src\/client\/|src\/events\/event_words\.ts$|src\/platform\/network\/ip_address\.ts$|[^/.]+$|@|node:)/,
  },
  {
    what: "a client knows nothing of the server",
    // `pack/` is not a part of it: it makes the package.
    from: /^src\/client\/(?!pack\/)/,
    to:
      /^(src\/client\/|src\/lib\/(sleep|loopback|given_text)\.ts$|@0no-co\/graphql\.web$|@simplewebauthn\/browser$|gql\.tada$|jose$|react$)/,
  },
  {
    what:
      "the published client needs no package but the printer that is packed with it, and nothing of operators",
    from: /^src\/client\/[^/]+$/,
    to: /^(src\/(client\/[^/]+|lib\/sleep\.ts)|@0no-co\/graphql\.web)$/,
  },
  {
    what: "passkeys use the browser's library and the client's types",
    from: /^src\/client\/passkeys\//,
    to: /^(src\/client\/(passkeys\/\w+|sallyport)\.ts|@simplewebauthn\/browser)$/,
  },
  {
    what: "the components for React use React and the client's types",
    from: /^src\/client\/react\//,
    to: /^(src\/client\/(react\/\w+|sallyport)\.ts|react)$/,
  },
  {
    what: "the verifier for services uses jose",
    from: /^src\/client\/server\//,
    to: /^(src\/client\/server\/\w+\.ts|jose)$/,
  },
  { what: "pages are clients", from: /^src\/web\//, to: /^src\/(web|client)\// },
  {
    what: "gRPC knows nothing of Modal",
    from: /^src\/providers\/modal\/grpc\//,
    to: /^(src\/(providers\/modal\/grpc|platform\/network|lib)\/|node:)/,
  },
  {
    what: "accounts, flows, vault, events and operations never know a provider",
    from: /^src\/(lib|platform|events|flows|vault|operations|accounts)\//,
    to: /^(?!src\/(providers|cli|client)\/|schema\/)/,
  },
  {
    what: "the GraphQL face asks nouns, never the database",
    from: /^schema\//,
    to: /^(?!src\/(platform\/db|config|cli|http|providers\/modal\/grpc|client|emulators))/,
  },
];

/** Rooms of the server: each imports from itself and from those before it. */
const ROOMS = [
  "lib",
  "platform",
  "events",
  "operations",
  "flows",
  "vault",
  "accounts",
  "diagnosis",
  "providers",
  "sign_in",
  "wiring",
  "http",
  "cli",
];

function roomOf(path: string): number {
  return ROOMS.indexOf(/^src\/(\w+)\//.exec(path)?.[1] ?? "");
}

Deno.test("imports between the server's rooms point one way", () => {
  const between = imports().filter(({ from, to }) => roomOf(from) >= 0 && roomOf(to) >= 0);
  assert.ok(between.length > 500, `${between.length} imports seen`);
  assert.deepEqual(between.filter(({ from, to }) => roomOf(to) > roomOf(from)), []);
});

Deno.test("modules import only what they may", () => {
  const all = imports();
  const stray = [
    ...ONLY.flatMap(({ what, to, by }) =>
      all.filter((each) => to.test(each.to) && !by(each.from, each.to)).map((each) => ({ ...each, what }))
    ),
    ...NOTHING_BUT.flatMap(({ what, from, to }) =>
      all.filter((each) => from.test(each.from) && !to.test(each.to)).map((each) => ({ ...each, what }))
    ),
  ];
  assert.deepEqual(stray, []);
});

/** The files whose code, without comments, matches. */
function filesWith(pattern: RegExp): string[] {
  return CODE.flatMap((folder) => filesIn(join(ROOT, folder)))
    .filter((file) => pattern.test(Deno.readTextFileSync(file).replace(/\/\*[^]*?\*\/|\/\/ .*/g, "")))
    .map((file) => relative(ROOT, file));
}

/** `id` as a text, or as the name of a property. */
function naming(id: string): RegExp {
  return new RegExp(`["'\`]${id}["'\`]|(?<!\\w)${id}:`);
}

/** Clients have a label, or a view, for each method. */
const CLIENTS = /^(src\/(web|client)|tui)\//;

function isFactor(id: string): boolean {
  return FACTOR_KINDS.some((kind) => kind === id);
}

/** The files that know the kinds of second factors. */
const OF_FACTORS =
  /^(src\/accounts\/factors\/|src\/operations\/assurance\.ts$|src\/platform\/db\/tables\.ts$|schema\/accounts\/factor\.ts$|src\/diagnosis\/rules\/factor_rules\.ts$)/;

for (const { id } of SIGN_IN_METHODS) {
  Deno.test(`the sign-in method ${id} is named in its own folder, in clients and in migrations alone`, () => {
    const files = filesWith(naming(id));
    const own = files.filter((file) => file.startsWith("src/sign_in/"));
    const [folder = "", ...more] = new Set(own.map(dirname));
    assert.deepEqual(more, [], `one folder of src/sign_in/ has it: ${own}`);
    const face = `schema/sign_in/${basename(folder)}.ts`;
    assert.ok(imports().some(({ from, to }) => from === "schema/schema.ts" && to === face), face);
    // A provider of tokens, or a kind of second factor, may have the same id.
    const others = files.filter((file) =>
      !own.includes(file) && !isOfProvider(file, basename(folder)) && !(isFactor(id) && OF_FACTORS.test(file))
    );
    assert.deepEqual(others.filter((file) => !CLIENTS.test(file) && !file.startsWith("migrations/")), []);
  });
}

/** Files that may name several providers, and one with a name that only looks like a provider's. */
const LISTS = [
  "src/providers/providers.ts",
  "src/sign_in/methods.ts",
  "src/emulators/emulators.ts",
  "schema/schema.ts",
  // The commands, and the one that the development server suggests.
  "src/cli/program.ts",
  "src/cli/dev.ts",
  // Tables and migrations.
  "src/platform/db/tables.ts",
  "src/accounts/personal_data/held_tables.ts",
  "src/platform/db/migrate.ts",
  // The codes of the API.
  "src/lib/errors.ts",
  "schema/lib/error_codes.ts",
  // Modal's messages use the package `google.protobuf`.
  "src/providers/modal/api/modal_proto.ts",
];

for (const { label, slug } of PROVIDERS) {
  Deno.test(`only its own files, clients and lists name ${label}`, () => {
    const files = filesWith(new RegExp(slug, "i")).filter((file) => !isOfProvider(file, slug));
    const others = files.filter((file) => !CLIENTS.test(file) && !file.startsWith("migrations/"));
    assert.deepEqual(others.filter((file) => !LISTS.includes(file)), []);
  });
}

Deno.test("the command line prints in one place, where text is made harmless", () => {
  const files = [...filesIn(join(ROOT, "src/cli")), join(ROOT, "src/main.ts")];
  const printing = files.filter((file) =>
    /\bconsole\b|\bDeno\.std(out|err)\b|\bprocess\.std(out|err)\b/.test(Deno.readTextFileSync(file))
  );
  assert.deepEqual(printing.map((file) => relative(ROOT, file)), ["src/cli/print.ts"]);
});

Deno.test("the test finds the imports", () => {
  const all = imports();
  for (
    const known of [
      { from: "src/app.ts", to: "schema/schema.ts" },
      { from: "src/cli/emulate.ts", to: "src/emulators/emulators.ts" },
      { from: "src/emulators/emulators.ts", to: "src/emulators/mail/mail_emulator.ts" },
      { from: "src/flows/flows.ts", to: "src/flows/flow_store.ts" },
      { from: "src/vault/vault.ts", to: "src/vault/vault_store.ts" },
      { from: "schema/schema.ts", to: "schema/flows.ts" },
      { from: "migrations/0001_events.ts", to: "kysely" },
      { from: "src/main.ts", to: "src/cli/program.ts" },
    ]
  ) {
    assert.ok(
      all.some(({ from, to }) => from === known.from && to === known.to),
      `${known.from} → ${known.to}`,
    );
  }
});

Deno.test("secrets are compared in constant time, by one function", () => {
  assert.match(equalBytes.toString(), /\btimingSafeEqual\(/);
  const comparing = CODE.flatMap((folder) => filesIn(join(ROOT, folder)))
    .filter((file) => /\btimingSafeEqual\b/.test(Deno.readTextFileSync(file)));
  assert.deepEqual(comparing.map((file) => relative(ROOT, file)), ["src/lib/crypto.ts"]);
});
