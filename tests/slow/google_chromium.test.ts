import assert from "node:assert/strict";
import { openChromium } from "../support/chromium.ts";
import { onPostgres } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { mutate, newPerson, PASSWORD } from "../support/people.ts";
import { portOutsideEphemeral } from "../support/ports.ts";

onPostgres(
  "in a real browser, a user signs in, connects Google, consents and returns",
  async (database) => {
    const port = portOutsideEphemeral();
    const url = `http://127.0.0.1:${port}`;
    await using app = await startGoogleApp({ database, env: { PUBLIC_URL: url } });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {} },
      (request, info) => app.fetch(request, info),
    );
    await using _server = {
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
    const ada = await newPerson(app, "ada");
    const chromium = await openChromium();
    await using _chromium = { [Symbol.asyncDispose]: () => chromium.close() };
    const page = await chromium.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });

    await page.goto(`${url}/healthz`);
    const signedIn = await page.evaluate(async (password) => {
      const query =
        `mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }`;
      const variables = { input: { identifier: "ada", password, transport: "COOKIE" } };
      const response = await fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      return await response.json();
    }, PASSWORD);
    assert.equal(signedIn.data.signInWithPassword.__typename, "SignedIn");

    await page.goto(`${url}/connect/google?returnTo=/healthz%3Fback`);
    await page.getByRole("button", { name: /Google/ }).click();
    await page.waitForURL((at) => at.origin === new URL(app.google.url).origin);
    await page.locator("input[name=email]").fill("ada@gmail.com");
    await page.getByRole("button", { name: /approve|allow|continue/i }).click();
    await page.waitForURL(`${url}/healthz?back`);
    assert.deepEqual(problems, []);

    const access = await mutate<{ accessToken: string }>(
      app,
      "mutation { googleAccess { __typename ... on GoogleAccess { accessToken } ... on AuthError { code message } } }",
      { token: ada.accessToken },
    );
    assert.equal(access.__typename, "GoogleAccess", JSON.stringify(access));
    assert.ok(app.google.secrets().includes(access.accessToken));

    await page.goto(`${url}/connect/google`);
    await page.getByRole("button", { name: /Google/ }).click();
    await page.getByRole("button", { name: /deny|cancel/i }).click();
    await page.waitForURL((at) => at.pathname === "/auth/google/callback");
    assert.match(await page.locator("body").innerText(), /denied at Google/);
    const [link] = await page.getByRole("link").all();
    assert.ok(link, "the page has a link to try again");
  },
);
