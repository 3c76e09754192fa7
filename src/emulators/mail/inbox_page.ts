import { createHash } from "node:crypto";
import type { Inbox, ReceivedMail } from "./inbox.ts";

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 48rem; padding: 1.5rem; background: Canvas; color: CanvasText }
h1 { font-size: 1.35rem }
details { border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: .6rem; margin: .6rem 0; padding: .6rem 1rem }
summary { cursor: pointer; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
iframe { width: 100%; height: 24rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); background: #fff }
small, .hint { opacity: .75 }
`;

/** A mail's HTML is shown in a sandbox: it cannot run scripts or load resources. */
const BASE = "base-uri 'none'; form-action 'none'";
const POLICIES = {
  list: `default-src 'none'; frame-src 'self'; style-src 'sha256-${
    createHash("sha256").update(STYLE).digest("base64")
  }'; frame-ancestors 'none'; ${BASE}`,
  mail:
    `sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; ${BASE}`,
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;
const MAIL_PATH = new URLPattern({ pathname: "/mails/:number.html" });

/**
 * Serves the inbox: a page at `/`, and JSON at `/mails.json`, oldest first. Requests with another host name than this
 * machine's are refused, as a protection against DNS rebinding.
 */
export function serveInboxPage(inbox: Inbox, request: Request): Response {
  const { hostname, pathname } = new URL(request.url);
  if (!LOOPBACK.test(hostname)) return plain(403, "Only available on this machine");
  if (!["GET", "HEAD"].includes(request.method)) return plain(405, "Only GET is allowed");
  if (pathname === "/mails.json") return answer(JSON.stringify(inbox.mails), "application/json");
  if (pathname === "/") return answer(list(inbox.mails), "text/html; charset=utf-8", POLICIES.list);
  const { number } = MAIL_PATH.exec(request.url)?.pathname.groups ?? {};
  const mail = inbox.mails.find((each) => String(each.number) === number);
  return mail ? answer(mail.html, "text/html; charset=utf-8", POLICIES.mail) : plain(404, "Mail not found");
}

function answer(body: string, type: string, policy = "default-src 'none'"): Response {
  const headers = {
    "content-type": type,
    "content-security-policy": policy,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  return new Response(body, { headers });
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, { status });
}

function list(mails: readonly ReceivedMail[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Emulated inbox</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Emulated inbox</h1>
${mails.toReversed().map(entry).join("\n") || "<p>No mail yet.</p>"}
<p class="hint"><small>Mail in this inbox was not delivered anywhere else. Reload to see new mail.</small></p>
</body>
</html>
`;
}

function entry(mail: ReceivedMail): string {
  const page = mail.html
    ? `<iframe sandbox loading="lazy" title="HTML" src="/mails/${mail.number}.html"></iframe>`
    : "";
  return `<details>
<summary><strong>${escape(mail.subject)}</strong> to ${escape(mail.to.join(", "))}
<small>${mail.at.toISOString()}</small></summary>
<pre>${escape(mail.text)}</pre>
${page}
</details>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
