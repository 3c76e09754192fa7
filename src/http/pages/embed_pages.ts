import { isAllowedOrigin, type Origins } from "../cross_site.ts";
import { type HtmlPages, notAllowed } from "./html_page.ts";
import type { Offered } from "./offers.ts";

/**
 * The dialog as a frame of a page of `?origin=`, which must be our own or one of `ALLOWED_ORIGINS`. Browsers show it
 * in a page of that origin and in no other, and its script gives tokens to that origin alone.
 */
export function embedPage(
  request: Request,
  origins: Origins,
  { offers, foreignScripts, referrerPolicy }: Offered,
  page: HtmlPages,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  const embedder = new URL(request.url).searchParams.get("origin") ?? "";
  if (!isAllowedOrigin(embedder, request, origins)) {
    return page({
      title: "Not allowed",
      status: 403,
      body:
        "<p>Pages of this site may not show the sign-in dialog. Its operator can add the site to ALLOWED_ORIGINS.</p>",
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

/** The window in which a dialog of such a page connects Google. It does nothing unless a page of ours opened it. */
export function connectWindowPage(request: Request, label: string, page: HtmlPages): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD", "POST");
  return page({
    title: `Connect ${label}`,
    script: "connect.js",
    body: `<p role="status">One moment…</p>`,
  });
}
