import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { openChromium } from "../support/chromium.ts";
import { onPglite } from "../support/databases.ts";
import { IN_THE_END_SECONDS } from "../support/eventually.ts";
import { newPerson } from "../support/people.ts";
import { serve } from "../support/serve.ts";

onPglite("GraphiQL works without internet, with an operator's token and a subscription", async (database) => {
  await using app = await startApp({ database, development: true });
  await using server = serve(app);
  await using browser = await openChromium();
  const page = await browser.newPage();
  page.setDefaultTimeout(IN_THE_END_SECONDS * 1_000);
  const elsewhere: string[] = [];
  await page.route(/^https?:/, (route) => {
    if (route.request().url().startsWith(`${server.url}/`)) return route.continue();
    elsewhere.push(route.request().url());
    return route.abort();
  });
  const query = 'subscription { events(types: ["user.registered"]) { type actor } }';
  await page.goto(`${server.url}/graphql?query=${encodeURIComponent(query)}`);
  await page.getByRole("button", { name: "Headers" }).click();
  await page.getByRole("region", { name: "Headers" }).click();
  await page.keyboard.insertText(
    JSON.stringify({ authorization: `Bearer ${await app.operatorToken("READ")}` }),
  );
  await page.getByRole("button", { name: /Execute/ }).click();
  await page.getByRole("button", { name: /Stop/ }).waitFor();
  await newPerson(app);
  await page.getByRole("region", { name: /Result|Response/ }).getByText("user.registered").waitFor();
  assert.deepEqual(elsewhere, []);
});
