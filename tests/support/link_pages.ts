import assert from "node:assert/strict";
import { ResetPassword, VerifyEmail } from "../../src/client/documents.ts";
import type { Fetch } from "../../src/http/router.ts";
import { mutate } from "./people.ts";

/** The links with a token in the text or HTML of a mail. */
export function linksTo(body: string): string[] {
  return (body.match(/https?:\/\/[^\s"<>]+#token=[^\s"<>]+/g) ?? []).map((link) =>
    link.replaceAll("&amp;", "&")
  );
}

/** Requests the page of a mailed link, and asserts that it runs only our own script. */
export async function openPage(app: { fetch: Fetch }, path: string, method = "GET"): Promise<string> {
  const response = await app.fetch(new Request(`http://127.0.0.1:4000${path}`, { method }));
  const html = await response.text();
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy") ?? "";
  const nonce = /script-src 'nonce-([\w-]{20,})'/.exec(policy)?.[1];
  assert.match(policy, /default-src 'none'.*form-action 'none'.*frame-ancestors 'none'/);
  const script = new RegExp(
    `^<script type="module" nonce="${nonce}" src="/assets/link-[0-9a-f]{16}\\.js"></script>$`,
  );
  const scripts = [...html.matchAll(/<script.*/g)].map(([tag]) => tag);
  assert.deepEqual(scripts.map((tag) => script.test(tag)), [true], html);
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("set-cookie"), null);
  assert.ok(!html.includes("spv_") && !html.includes("spw_"), "the page does not contain the token");
  return html;
}

/** Sends the request of the page's button. For a real browser, see `tests/slow/web_links.test.ts`. */
export function pressButton(app: { fetch: Fetch }, page: string, variables: LinkVariables) {
  const { token, password } = variables;
  assert.equal(page.includes('type="password"'), password !== undefined);
  return password === undefined
    ? mutate<{ message?: string }>(app, VerifyEmail, { variables: { token } })
    : mutate<{ message?: string }>(app, ResetPassword, {
      variables: { input: { token, newPassword: password } },
    });
}

type LinkVariables = { token: string; password?: string };
