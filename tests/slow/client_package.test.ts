import { parse } from "graphql";
import assert from "node:assert/strict";
import deno from "../../deno.json" with { type: "json" };
import { ENTRIES, gzippedBytes } from "../../src/client/pack/entries.ts";
import { packClient } from "../../src/client/pack/pack.ts";
import { startApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { fencesOf } from "../support/markdown.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/server_process.ts";
import { typesOf } from "../support/sessions.ts";

const decoder = new TextDecoder();

/** A project with the packed client installed, and these files. */
async function projectWith(files: Record<string, string>) {
  const folder = await temporaryFolder();
  await packClient(`${folder.path}/node_modules/@sallyport/client`);
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder.path}/${name}`, text);
  return folder;
}

async function run(program: string, args: string[], cwd?: string) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, ...(cwd && { cwd }) }).output();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

Deno.test("the packed client and its types have no dependencies and no server code", async () => {
  await using project = await projectWith({});
  const root = `${project.path}/node_modules/@sallyport/client`;
  const all = filesOf(root).filter((path) => /\.(js|d\.ts)$/.test(path));
  const files = all.filter((path) => !path.startsWith(`${root}/cjs/`));
  const modules = files.filter((path) => path.endsWith(".js"));
  const imports = files.flatMap((path) => {
    const text = Deno.readTextFileSync(path);
    return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, to = ""]) =>
      to.startsWith(".") ? new URL(to, `file://${path}`).pathname : to
    );
  });
  const packages = new Set(imports.filter((to) => !modules.includes(to)));
  assert.deepEqual(
    packages,
    new Set(["@simplewebauthn/browser", "jose", "react"]),
    "those of the other entries",
  );
  const others = modules.map((path) => path.slice(root.length + 1)).filter((path) =>
    !path.startsWith("client/")
  );
  assert.deepEqual(others, ["lib/sleep.js"]);
  const { dependencies } = JSON.parse(Deno.readTextFileSync(`${root}/package.json`));
  assert.equal(dependencies, undefined);
});

Deno.test("each entry is smaller than its limit, bundled, minified and gzipped", async () => {
  const limits = Object.entries(ENTRIES).map(([name, { maxGzippedBytes }]) => [name, maxGzippedBytes / 1024]);
  assert.deepEqual(limits, [[".", 12], ["./passkeys", 4], ["./react", 4], ["./server", 4]]);
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const bytes = await gzippedBytes(entry);
    assert.ok(bytes > 512 && bytes < entry.maxGzippedBytes, `${name}: ${bytes} bytes gzipped`);
  }
});

/** A parsed document, as code. */
const NODES = JSON.stringify(parse("{ viewer { id } }", { noLocation: true }));

const APP = `
import { createSallyport, memoryStorage, SallyportError } from "@sallyport/client";

const kept = memoryStorage();
const client = createSallyport({ url: process.argv[2], storage: kept });
const states = [];
const stop = client.onAuthState(({ user }) => states.push(user?.username ?? null));
const until = async (done) => { while (!done()) await new Promise((resolve) => setTimeout(resolve, 10)); };
await until(() => states.length === 1);

await client.register({ username: "ada", password: "correct horse battery staple" });
const wrong = await client.signInWithPassword("ada", "wrong").catch((error) => error);
const { user } = await client.signInWithPassword("ada", "correct horse battery staple");
await until(() => states.length === 2);

kept.set({ ...kept.get(), renewAt: 0 });
const response = await client.fetch(process.argv[2] + "/graphql", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query: "{ protectedData { user } }" }),
});
const { data } = await response.json();
const answers = await Promise.all(Array.from({ length: 10 }, () => client.authState()));
const printed = await client.request(${NODES});
await client.signOut();
await until(() => states.length === 3);
stop();
client.close();
console.log(JSON.stringify({
  node: process.versions.node,
  id: user.id,
  refused: wrong instanceof SallyportError && wrong.code,
  fetched: data.protectedData.user,
  asked: answers.every((state) => state.user.id === user.id),
  printed: printed.viewer.id === user.id,
  states,
}));
`;

onPostgres(
  "in Node the client signs in, refreshes, fetches, subscribes and signs out, and the process exits",
  async (database) => {
    await using app = await startApp({ database });
    await using server = serve(app);
    await using project = await projectWith({ "app.mjs": APP });
    const { code, output } = await run("node", ["app.mjs", server.url], project.path);
    assert.equal(code, 0, output);
    const { node, id, ...reported } = JSON.parse(output);
    assert.ok(Number.parseInt(node) >= 20, node);
    assert.deepEqual(reported, {
      refused: "INVALID_CREDENTIALS",
      fetched: "ada",
      asked: true,
      printed: true,
      states: [null, "ada", null],
    });
    const refreshes = (await typesOf(app, id)).filter((type) => type.startsWith("session.refresh"));
    assert.deepEqual(refreshes, ["session.refreshed"]);
  },
);

const TYPED = `
import { type AuthState, createSallyport, localTokenStorage, type Sallyport, SallyportError } from "@sallyport/client";

const client: Sallyport = createSallyport({ url: "https://auth.example", storage: localTokenStorage() });
const outcome = await client.signInWithPassword("ada", "secret");
// @ts-expect-error the user may have to prove a second factor first
const early: string = outcome.user.id;
const { user, session } = outcome.challenge
  ? await client.verifySecondFactor(outcome.challenge.id, { totp: "123456" })
  : outcome;
const name: string | null = user.name;
const ends: string = session.expiresAt;
const stop: () => void = client.onAuthState((state: AuthState) => console.log(state.allowedTransitions[0]));
const code = (error: unknown): string | undefined => error instanceof SallyportError ? error.code : undefined;
const answer: Response = await client.fetch("https://auth.example/graphql");
const state: "VISITOR" | "AUTH" | "PAYMENT" = (await client.transitionState("PAYMENT")).currentState;

// @ts-expect-error the server has no such state
await client.transitionState("PAID");
// @ts-expect-error a password is needed
await client.signInWithPassword("ada");
// @ts-expect-error there is no such transport
createSallyport({ url: "https://auth.example", transport: "HEADER" });
// @ts-expect-error it may be null
const username: string = user.username;

// @ts-expect-error one proof is needed
await client.verifySecondFactor("flw_1", {});

export { answer, code, early, ends, name, state, stop, username };
`;

const HOISTED = new URL("../../node_modules/.deno/node_modules/@types", import.meta.url).pathname;

const BROWSER = { lib: ["es2022", "dom", "dom.iterable"], types: [] };
const NODE = { lib: ["es2022"], types: ["node"], typeRoots: [HOISTED] };

/** Checks the types of a project's program for a platform. */
async function assertTyped(
  project: string,
  platform: { lib: string[]; types: string[]; noEmit?: boolean },
  program = "app.mts",
): Promise<void> {
  const common = { strict: true, noEmit: true, module: "nodenext", target: "es2022" };
  const config = { compilerOptions: { ...common, ...platform }, files: [program] };
  await Deno.writeTextFile(`${project}/tsconfig.json`, JSON.stringify(config));
  const compiler = `${deno.imports.typescript}/tsc`;
  const { code, output } = await run(Deno.execPath(), ["run", "-q", "-A", compiler, "-p", project]);
  assert.equal(code, 0, output);
}

Deno.test("the packed types are correct with the browser's libraries and with only Node's types", async () => {
  await using project = await projectWith({ "app.mts": TYPED });
  await assertTyped(project.path, BROWSER);
  await assertTyped(project.path, NODE);
});

const WITH_PEERS = `
import { createElement, type ReactNode } from "react";
import { createSallyport } from "@sallyport/client";
import { createPasskeys, PasskeyError, type PasskeyErrorCode, supportsPasskeys } from "@sallyport/client/passkeys";
import { type Live, SallyportProvider, SignedIn, useAuth, useFlow, useUser } from "@sallyport/client/react";
import { createVerifier, type VerifiedSession } from "@sallyport/client/server";

const client = createSallyport({ url: "https://auth.example" });
export function Name(): ReactNode {
  const { isLoading, authState } = useAuth();
  const flow: Live<{ status: string }> = useFlow(undefined);
  return isLoading ? flow.data?.status : useUser()?.username ?? authState?.currentState;
}
export const app = createElement(SallyportProvider, { client }, createElement(SignedIn, { guests: true }, "Hello"));
export const session: Promise<VerifiedSession> = createVerifier({ issuer: "urn:sallyport" }).verify("token");
export async function signIn(): Promise<PasskeyErrorCode | undefined> {
  if (!supportsPasskeys()) return undefined;
  const name: string | null | undefined = await createPasskeys(client).signIn().then(({ user }) => user.username, (error) => {
    if (!(error instanceof PasskeyError)) throw error;
    return error.message;
  });
  return name === null ? "FAILED" : undefined;
}

// @ts-expect-error a client is needed
createElement(SallyportProvider, {});
// @ts-expect-error an issuer is needed
createVerifier({});
`;

Deno.test("the types of /passkeys, /react and /server are correct in ES modules and in CommonJS", async () => {
  await using project = await projectWith({ "app.mts": WITH_PEERS, "app.cts": WITH_PEERS });
  await Deno.mkdir(`${project.path}/node_modules/@types`);
  const ours = new URL("../../node_modules", import.meta.url).pathname;
  await Deno.mkdir(`${project.path}/node_modules/@simplewebauthn`);
  for (const name of ["@simplewebauthn/browser", "@types/react", "jose"]) {
    await Deno.symlink(`${ours}/${name}`, `${project.path}/node_modules/${name}`);
  }
  for (const program of ["app.mts", "app.cts"]) await assertTyped(project.path, BROWSER, program);
});

/** Uses the package as CommonJS, and what it has for other clients. */
const REQUIRED = `
import { createSallyport, memoryStorage, type Sallyport } from "@sallyport/client";

const fetch = async (request: Request) => {
  console.log((await request.json()).query);
  return Response.json({ data: { viewer: null } });
};
const client: Sallyport = createSallyport({ url: "https://auth.example", storage: memoryStorage(), fetch });
console.log(client.signedIn);
void client.request(${NODES}).then(() => client.close());
`;

Deno.test("CommonJS can require the package, with its types, and finds the schema", async () => {
  await using project = await projectWith({ "app.cts": REQUIRED });
  const platform = { ...BROWSER, noEmit: false };
  await assertTyped(project.path, platform, "app.cts");
  const { code, output } = await run("node", ["app.cjs"], project.path);
  assert.deepEqual([code, output], [0, "false\n{\n  viewer {\n    id\n  }\n}\n"]);
  const printed = `const types = require("@sallyport/client/possibleTypes.json");
    const { __schema } = require("@sallyport/client/introspection.json");
    const path = require.resolve("@sallyport/client/schema.graphql");
    console.log(types.AuthError.includes("InvalidInputError"), types.Flow.length, __schema.queryType.name,
      require("fs").readFileSync(path, "utf8").includes("interface AuthError"));`;
  const found = await run("node", ["-e", printed], project.path);
  assert.deepEqual([found.code, found.output], [0, "true 4 Query true\n"]);
});

Deno.test("the documented program of the client is correct in TypeScript", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/clients.md", import.meta.url));
  const parts = fencesOf(page).filter(({ words }) =>
    words.includes("file=app.mjs") || words.includes("typed")
  );
  assert.equal(parts.length, 3);
  await using project = await projectWith({ "app.mts": parts.map(({ text }) => text).join("\n") });
  await assertTyped(project.path, BROWSER);
});
