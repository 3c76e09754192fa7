import { isAllowedOrigin, type Origins } from "../cross_site.ts";
import { type HtmlPages, notAllowed } from "./html_page.ts";
import type { Offered } from "./offers.ts";

/**
 * The sign-in dialog as a frame for pages of `?origin=`, which must be our own origin or one of
 * `ALLOWED_ORIGINS`. Browsers show it only inside pages of that origin, and its script sends tokens only there.
 */
export function embedPage(
  request: Request,
  origins: Origins,
  { offers, foreignScripts, referrerPolicy }: Offered,
  page: HtmlPages,
  onRefused: (embedder: string) => void,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  const embedder = new URL(request.url).searchParams.get("origin") ?? "";
  if (!isAllowedOrigin(embedder, request, origins)) {
    onRefused(embedder);
    return page({
      title: "Not allowed",
      status: 403,
      body:
        "<p>This site may not show the sign-in dialog. An operator of the server can add the site to ALLOWED_ORIGINS.</p>",
    });
  }
  return page({
    title: "Sign in",
    script: "frame.js",
    data: { offers: JSON.stringify(offers), embedder },
    foreignScripts,
    referrerPolicy,
    frameAncestors: [embedder],
    body: "",
  });
}

/** The window in which an embedded dialog asks for a passkey. It does nothing unless a page of ours opened it. */
export function passkeyWindowPage(request: Request, page: HtmlPages): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  return page({
    title: "Passkey",
    script: "passkey.js",
    body: `<p role="status">One moment…</p>
<div id="place"></div>`,
  });
}

/** The window in which an embedded dialog connects an account. It does nothing unless a page of ours opened it. */
export function connectWindowPage(request: Request, label: string, page: HtmlPages): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD", "POST");
  return page({
    title: `Connect ${label}`,
    script: "connect.js",
    body: `<p role="status">One moment…</p>`,
  });
}
