import assert from "node:assert/strict";
import { type GoogleEmulator, startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { read } from "../support/crafted_tokens.ts";

/** The URL of the window that the button opens for a page of `origin`. */
function windowOf(google: GoogleEmulator, more: Record<string, string> = {}): URL {
  const asked = { client_id: google.client.clientId, nonce: "a-nonce", origin: "https://app.example.test" };
  return new URL(`/gsi/select?${new URLSearchParams({ ...asked, ...more })}`, google.endpoints.buttonScript);
}

async function ask(url: URL, form?: Record<string, string>) {
  const init = form && { method: "POST", body: new URLSearchParams(form) };
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, html: await response.text() };
}

Deno.test("the window returns to the page an ID token for its client and nonce", async () => {
  await using google = await startGoogleEmulator();
  const looked = await ask(windowOf(google));
  assert.match(looked.html, /https:\/\/app\.example\.test[^]*value="ada@example\.com"/);
  assert.doesNotMatch(looked.html, /credential|<script/, "looking gives nothing");
  const answered = await ask(windowOf(google), { email: " bob@example.test " });
  const [, token = ""] =
    /data-credential="([^"]+)" data-origin="https:\/\/app\.example\.test"/.exec(answered.html) ?? [];
  const { aud, nonce, email } = read(token, 1);
  assert.deepEqual([aud, nonce, email], [google.client.clientId, "a-nonce", "bob@example.test"]);
  assert.match(answered.headers.get("content-security-policy") ?? "", /script-src 'sha256-/);
  assert.ok(google.secrets().includes(token));
});

Deno.test("the window rejects unknown clients and invalid origins, and escapes text", async () => {
  await using google = await startGoogleEmulator();
  const bad = [{ client_id: "another" }, { origin: "" }, { origin: "null" }, {
    origin: "javascript:alert(1)",
  }];
  for (const more of bad) {
    const { status, html } = await ask(windowOf(google, more), { email: "ada@example.test" });
    assert.deepEqual([status, html.includes("credential")], [400, false], JSON.stringify(more));
  }
  const { html } = await ask(windowOf(google, { origin: `https://"><script>x` }));
  assert.ok(!html.includes("<script>x"), html);
  for (const email of ["", "no address"]) {
    assert.doesNotMatch((await ask(windowOf(google), { email })).html, /credential/);
  }
});

Deno.test("the script has the interface of Google Identity Services", async () => {
  await using google = await startGoogleEmulator();
  const response = await fetch(google.endpoints.buttonScript);
  assert.match(response.headers.get("content-type") ?? "", /^text\/javascript/);
  assert.match(await response.text(), /window\.google = \{ accounts: \{ id: \{ initialize, renderButton/);
});
