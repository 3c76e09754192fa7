import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startApp, type TestApp } from "../support/app.ts";
import { openChromium } from "../support/chromium.ts";
import { guest } from "../support/codes.ts";
import { onPostgres } from "../support/databases.ts";
import { copyExamples, type Example, installExample } from "../support/examples.ts";
import { newPerson, PASSWORD } from "../support/people.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { serve } from "../support/serve.ts";

let copy: ReturnType<typeof copyExamples> | undefined;

Deno.test.afterAll(async () => {
  await (await copy)?.[Symbol.asyncDispose]();
});

type Place = { app: TestApp; url: string; example: Example; port: number; origin: string };

/** Installs an example, and starts a server that its pages may call. */
function onExample(name: string, what: string, run: (place: Place) => Promise<void>): void {
  onPostgres(`example ${name}: ${what}`, async (database) => {
    const port = portOutsideEphemeral();
    const origin = `http://127.0.0.1:${port}`;
    await using app = await startApp({ database, env: { ALLOWED_ORIGINS: origin } });
    await using server = serve(app);
    const { path } = await (copy ??= copyExamples());
    const example = await installExample(path, name);
    await run({ app, url: server.url, example, port, origin });
  });
}

/** Opens a page in Chromium, which must report no errors. */
async function inChromium(origin: string, run: (page: Page) => Promise<void>): Promise<void> {
  await using browser = await openChromium();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    const isMissingIcon = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isMissingIcon) errors.push(message.text());
  });
  await page.goto(origin);
  await run(page);
  assert.deepEqual(errors, []);
}

async function signIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const VITE = "node_modules/vite/bin/vite.js";

/** Type-checks and builds a page, and serves the result. */
async function servePage({ example, url, port, origin }: Place): Promise<AsyncDisposable> {
  await example.run("npm", ["run", "build"], { VITE_SALLYPORT_URL: url });
  const where = ["--host", "127.0.0.1", "--port", `${port}`, "--strictPort"];
  return await example.start([VITE, "preview", ...where], origin);
}

onExample("react-urql", "a user signs in, and urql queries and subscribes", async (place) => {
  const { username } = await newPerson(place.app);
  await using _server = await servePage(place);
  await inChromium(place.origin, async (page) => {
    await signIn(page, username, "wrong");
    await page.getByRole("alert").getByText("Wrong").waitFor();
    await signIn(page, username);
    await page.getByText(`Hello ${username}`).waitFor();
    await page.getByText("Sessions: 2").waitFor();
    await page.getByText("State: AUTH").waitFor();
    await page.reload();
    await page.getByText("Sessions: 2").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Username").waitFor();
  });
});

onExample("react-apollo", "React 18: a user signs in, and Apollo queries and reads errors", async (place) => {
  const { username } = await newPerson(place.app);
  await using _server = await servePage(place);
  await inChromium(place.origin, async (page) => {
    await signIn(page, username);
    await page.getByText("Sessions: 2").waitFor();
    await page.getByRole("button", { name: "Go to payment" }).click();
    await page.getByRole("status").getByText("Verify an e-mail address").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Username").waitFor();
  });
});

/** Checks that a service answers only signed-in users. */
async function assertVerifies(app: TestApp, url: string): Promise<void> {
  const ada = await newPerson(app);
  const { tokens } = await guest(app);
  const ask = async (token?: string) => {
    const response = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return [response.status, response.headers.get("www-authenticate"), await response.text()];
  };
  assert.deepEqual(await ask(ada.accessToken), [200, null, JSON.stringify({ hello: ada.id })]);
  assert.deepEqual(await ask(), [401, "Bearer", "No access token: sign in"]);
  const invalid = 'Bearer error="invalid_token"';
  assert.deepEqual((await ask(ada.refreshToken)).slice(0, 2), [401, invalid]);
  assert.deepEqual((await ask(tokens.accessToken)).slice(0, 2), [401, invalid]);
}

const TSC = "node_modules/typescript/bin/tsc";

/** TypeScript's oldest module resolution, which does not read `exports`. */
const NODE10 =
  "--ignoreConfig --noEmit --skipLibCheck --strict --jsx react-jsx --target es2022 --module commonjs " +
  "--moduleResolution node10 --ignoreDeprecations 6.0 --types node";

const NEXT = "node_modules/next/dist/bin/next";

onExample(
  "nextjs",
  "the page is rendered on the server, a user signs in, and a route handler verifies",
  async ({ app, example, url, port, origin }) => {
    const env = { NEXT_PUBLIC_SALLYPORT_URL: url, NEXT_TELEMETRY_DISABLED: "1" };
    await example.run("npm", ["run", "build"], env);
    await example.run("node", [TSC, ...NODE10.split(" "), "app/providers.tsx", "app/api/hello/route.ts"]);
    const where = ["--hostname", "127.0.0.1", "--port", `${port}`];
    await using _server = await example.start([NEXT, "start", ...where], origin, env);
    await assertVerifies(app, `${origin}/api/hello`);
    const html = await (await fetch(origin)).text();
    assert.match(html, /<h1>Sallyport with Next.js<\/h1>/);
    assert.doesNotMatch(html, /<form|<section/);
    const { id, username } = await newPerson(app);
    await inChromium(origin, async (page) => {
      await signIn(page, username);
      await page.getByText(`You are ${username}`).waitFor();
      await page.getByRole("status").getByText(JSON.stringify({ hello: id })).waitFor();
    });
  },
);

onExample("hono-service", "it answers signed-in users only", async ({ app, example, url, port, origin }) => {
  await example.run("npm", ["run", "build"]);
  const env = { SALLYPORT_URL: url, PORT: `${port}` };
  await using _server = await example.start(["dist/service.js"], origin, env);
  await assertVerifies(app, `${origin}/hello`);
});

for (const name of ["express-service", "fastify-service"]) {
  onExample(name, "it answers signed-in users only", async ({ app, example, url, port, origin }) => {
    const env = { SALLYPORT_URL: url, PORT: `${port}` };
    await using _server = await example.start(["service.js"], origin, env);
    await assertVerifies(app, `${origin}/hello`);
  });
}

onExample(
  "apollo-server",
  "its context has the session, and other requests are refused",
  async ({ app, example, url, port, origin }) => {
    const env = { SALLYPORT_URL: url, PORT: `${port}` };
    await using _server = await example.start(["service.js"], origin, env);
    const ask = async (token?: string) => {
      const headers = {
        "content-type": "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
      };
      const body = JSON.stringify({ query: "{ hello }" });
      const response = await fetch(origin, { method: "POST", headers, body });
      const { data, errors } = await response.json();
      const refusal = errors?.[0]?.extensions.code;
      return [response.status, response.headers.get("www-authenticate"), data?.hello ?? refusal];
    };
    const ada = await newPerson(app);
    const { tokens } = await guest(app);
    const invalid = 'Bearer error="invalid_token"';
    assert.deepEqual(await ask(ada.accessToken), [200, null, ada.id]);
    assert.deepEqual(await ask(), [401, "Bearer", "UNAUTHENTICATED"]);
    assert.deepEqual(await ask(tokens.accessToken), [401, invalid, "UNAUTHENTICATED"]);
    assert.deepEqual(await ask(ada.refreshToken), [401, invalid, "UNAUTHENTICATED"]);
  },
);

onExample("graphql-codegen", "typed operations are sent", async ({ app, example, url }) => {
  const { username } = await newPerson(app);
  await example.run("npm", ["run", "build"]);
  const env = { SALLYPORT_URL: url, NAME: username, PASSWORD };
  const output = await example.run("node", ["dist/sessions.js"], env);
  assert.match(
    output,
    /^(Signed in with PASSWORD at 20\S+\n){2}Done: Sign in\n[^]*To do: Verify an e-mail address\n$/,
  );
});

onExample("relay", "a refetchable fragment loads its user again by id", async ({ app, example, url }) => {
  const { username } = await newPerson(app);
  await example.run("npm", ["run", "build"]);
  const env = { SALLYPORT_URL: url, NAME: username, PASSWORD };
  const output = await example.run("node", ["src/main.mjs"], env);
  assert.equal(output, `${username} is in the state AUTH\nLoaded again by its id: ${username}\n`);
});
