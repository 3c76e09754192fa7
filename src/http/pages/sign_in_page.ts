import { isLoopbackHost } from "../../platform/network/address_ranges.ts";
import { type HtmlPages, notAllowed, seeOther } from "./html_page.ts";
import type { Offered } from "./offers.ts";

/**
 * The page that people sign in at. What it shows is in `src/web/page.ts`. Who comes by another name of this machine
 * than `publicUrl` has (`localhost` for 127.0.0.1) is sent there: to a browser that is another site, whose cookies
 * would be missing when a provider sends them back.
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
      `<noscript><p>Signing in here needs JavaScript. Turn it on for this site, and load the page again.</p></noscript>
<div id="place"></div>`,
  });
  // A provider's window tells its opener who signed in.
  response.headers.set("cross-origin-opener-policy", "same-origin-allow-popups");
  return response;
}

function isOtherNameOf(publicUrl: string, asked: string): boolean {
  const [ours, theirs] = [new URL(publicUrl), new URL(asked)];
  return ours.hostname !== theirs.hostname && ours.port === theirs.port &&
    [ours, theirs].every(({ hostname }) => isLoopbackHost(hostname));
}
