import { isLoopbackHost } from "../../platform/network/address_ranges.ts";
import { type HtmlPages, notAllowed, seeOther } from "./html_page.ts";
import type { Offered } from "./offers.ts";

/**
 * The sign-in page; `src/web/page.ts` renders it. A visitor that uses another loopback name than `publicUrl`
 * (`localhost` instead of 127.0.0.1) is redirected: browsers treat it as another site, so cookies would be
 * missing after a provider's redirect.
 */
export function signInPage(
  request: Request,
  { offers, foreignScripts, referrerPolicy }: Offered,
  page: HtmlPages,
  publicUrl: string,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  if (isOtherNameOf(publicUrl, request.url)) return seeOther(`${publicUrl}/`);
  const response = page({
    title: "Sallyport",
    script: "page.js",
    data: { offers: JSON.stringify(offers) },
    foreignScripts,
    referrerPolicy,
    body:
      `<noscript><p>Signing in needs JavaScript. Enable it for this site and reload the page.</p></noscript>
<div id="place"></div>`,
  });
  // A provider's window reports the sign-in to its opener.
  response.headers.set("cross-origin-opener-policy", "same-origin-allow-popups");
  return response;
}

function isOtherNameOf(publicUrl: string, asked: string): boolean {
  const [ours, theirs] = [new URL(publicUrl), new URL(asked)];
  return ours.hostname !== theirs.hostname && ours.port === theirs.port &&
    [ours, theirs].every(({ hostname }) => isLoopbackHost(hostname));
}
