import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";

const ORIGIN = "http://127.0.0.1:4000";

function get(app: TestApp, path: string, headers: Record<string, string> = {}, method = "GET") {
  return app.fetch(new Request(ORIGIN + path, { method, headers }));
}

/** Returns the URLs that the page at `path` loads. */
async function assetsOf(app: TestApp, path: string): Promise<string[]> {
  const html = await (await get(app, path)).text();
  return [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, asset]) => asset ?? "");
}

onPglite("assets are named after their content, cached forever and compressed", async (database) => {
  await using app = await startApp({ database });
  const paths = (await assetsOf(app, "/")).filter((path) => path.startsWith("/assets/"));
  assert.equal(paths.length, 2, `${paths}`);
  for (const path of paths) {
    assert.match(path, /^\/assets\/\w+-[0-9a-f]{16}\.(js|css)$/);
    const plain = await get(app, path);
    const text = new Uint8Array(await plain.arrayBuffer());
    assert.equal(plain.status, 200);
    assert.equal(plain.headers.get("content-encoding"), null);
    for (
      const [accepted, encoding, expand] of [
        ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
        ["gzip;q=0.5", "gzip", gunzipSync],
        ["br;q=0, gzip", "gzip", gunzipSync],
      ] as const
    ) {
      const response = await get(app, path, { "accept-encoding": accepted });
      const body = new Uint8Array(await response.arrayBuffer());
      assert.equal(response.headers.get("content-encoding"), encoding);
      assert.equal(response.headers.get("content-length"), String(body.length));
      assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
      assert.equal(response.headers.get("vary"), "accept-encoding");
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.deepEqual(new Uint8Array(expand(body)), text);
    }
    const head = await get(app, path, {}, "HEAD");
    assert.deepEqual([head.headers.get("content-length"), await head.text()], [`${text.length}`, ""]);
  }
});

onPglite("assets with a fixed path are revalidated, and answered with 304", async (database) => {
  await using app = await startApp({ database });
  const icon = await get(app, "/favicon.ico");
  assert.match(await icon.text(), /^<svg/);
  assert.equal(icon.headers.get("cache-control"), "public, max-age=300");
  const etag = icon.headers.get("etag") ?? "";
  for (const asked of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await get(app, "/favicon.ico", { "if-none-match": asked });
    assert.deepEqual([again.status, again.body, again.headers.get("etag")], [304, null, etag]);
  }
  assert.equal((await get(app, "/favicon.ico", { "if-none-match": '"other"' })).status, 200);
  const compressed = await get(app, "/favicon.ico", { "if-none-match": etag, "accept-encoding": "br" });
  assert.equal(compressed.status, 200, "another encoding is another representation");
});

onPglite("other paths and methods are refused exactly", async (database) => {
  await using app = await startApp({ database });
  const [script = ""] = (await assetsOf(app, "/")).filter((path) => path.endsWith(".js"));
  for (const path of ["/assets/", "/assets/page.js", "/assets/page-0000000000000000.js", `${script}.map`]) {
    assert.equal((await get(app, path)).status, 404, path);
  }
  for (const path of ["/assets/../deno.json", "/assets/%2e%2e/deno.json", "/assets/..%2fdeno.json"]) {
    assert.equal((await get(app, path)).status, 404, path);
  }
  for (const path of ["/", script, "/favicon.ico", "/verify-email", "/reset-password"]) {
    const posted = await get(app, path, {}, "POST");
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"], path);
  }
});

onPglite("the page allows its own script and server, and cannot be framed", async (database) => {
  await using app = await startApp({ database, env: { ALLOWED_ORIGINS: "https://app.example.test" } });
  const page = await get(app, "/");
  const html = await page.text();
  const nonce = /<script type="module" nonce="([\w-]{22})" src="\/assets\//.exec(html)?.[1];
  assert.equal(
    page.headers.get("content-security-policy"),
    `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'; style-src 'self'; img-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  assert.doesNotMatch(html, /<style|style=|\son\w+=/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.equal(page.headers.get("cache-control"), "no-store");
  assert.equal(page.headers.get("strict-transport-security"), null, "it is not reached by https");
  const again = await (await get(app, "/")).text();
  assert.ok(nonce && !again.includes(nonce), "each page has a nonce of its own");
});

onPglite("with Google, the page also allows its script, and has no client secret", async (database) => {
  await using app = await startGoogleApp({ database });
  const page = await get(app, "/");
  const html = await page.text();
  const policy = page.headers.get("content-security-policy") ?? "";
  const scripts = `${app.google.url}/gsi/`;
  assert.match(policy, new RegExp(`script-src 'nonce-[\\w-]+' ${scripts}; connect-src 'self' ${scripts};`));
  assert.match(policy, new RegExp(`frame-src ${scripts};`));
  assert.ok(html.includes(app.google.client.clientId));
  assert.ok(!html.includes(app.google.client.clientSecret));
});

onPglite("every response has HSTS if PUBLIC_URL is https", async (database) => {
  await using app = await startApp({ database, env: { PUBLIC_URL: "https://auth.example.test" } });
  for (const path of ["/", "/verify-email", "/favicon.ico", "/nothing", "/healthz", "/graphql"]) {
    const response = await get(app, path);
    await response.body?.cancel();
    assert.equal(response.headers.get("strict-transport-security"), "max-age=31536000", path);
  }
});

onPglite(
  "a request by another name of this machine is redirected to the name that cookies use",
  async (database) => {
    await using app = await startApp({ database });
    const at = (url: string) => app.fetch(new Request(url));
    const sent = await at("http://localhost:4000/");
    assert.deepEqual([sent.status, sent.headers.get("location")], [303, `${ORIGIN}/`]);
    for (const url of [`${ORIGIN}/`, "http://localhost:4001/", "http://auth.example:4000/"]) {
      assert.equal((await at(url)).status, 200, url);
    }
  },
);
