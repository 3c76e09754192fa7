import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { mutate } from "./people.ts";

/** The links with a token in a mail's text or html, as a client of mail reads them. */
export function linksTo(body: string): string[] {
  return (body.match(/https?:\/\/[^\s"<>]+#token=[^\s"<>]+/g) ?? []).map((link) =>
    link.replaceAll("&amp;", "&")
  );
}

/** Asks for the page of a mailed link, and makes sure that it runs its own script and nothing else. */
export async function openPage(app: { fetch: Fetch }, path: string, method = "GET"): Promise<string> {
  const response = await app.fetch(new Request(`http://127.0.0.1:4000${path}`, { method }));
  const html = await response.text();
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy") ?? "";
  const nonce = /script-src 'nonce-([\w-]{20,})'/.exec(policy)?.[1];
  assert.match(policy, /default-src 'none'.*form-action 'none'.*frame-ancestors 'none'/);
  assert.deepEqual([...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag), [`<script nonce="${nonce}">`]);
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("set-cookie"), null);
  assert.ok(!html.includes("spv_") && !html.includes("spw_"), "the page repeats no token");
  return html;
}

/** Sends what the page's script sends when its button is pressed. */
export function pressButton(app: { fetch: Fetch }, page: string, variables: Record<string, unknown>) {
  const [, query] = /query: ("(?:[^"\\]|\\.)*"), variables/.exec(page) ?? [];
  assert.ok(query, page);
  return mutate<{ message?: string }>(app, JSON.parse(query), { variables });
}
