import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasPasswordPolicy } from "../../sign_in/password/password_policy.ts";
import type { HasGoogle } from "../../providers/google/api/google_api.ts";
import type { Offers } from "../../web/offers.ts";
import { isLoopbackHost } from "../../platform/network/address_ranges.ts";
import { type HtmlPages, notAllowed, seeOther } from "./html_page.ts";

/**
 * The page that people sign in at. What it shows is in `src/web/page.ts`. Who comes by another name of this machine
 * than `publicUrl` has (`localhost` for 127.0.0.1) is sent there: to a browser that is another site, whose cookies
 * would be missing when Google sends them back.
 */
export function signInPage(
  request: Request,
  offers: Offers,
  page: HtmlPages,
  publicUrl: string,
): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  if (isOtherNameOf(publicUrl, request.url)) return seeOther(`${publicUrl}/`);
  const response = page({
    title: "Sallyport",
    script: "page.js",
    data: { offers: JSON.stringify(offers) },
    foreignScripts: foreignScriptsOf(offers),
    // Google's button asks whose page it is on.
    referrerPolicy: offers.google ? "strict-origin-when-cross-origin" : "same-origin",
    body:
      `<noscript><p>Signing in here needs JavaScript. Turn it on for this site, and load the page again.</p></noscript>
<div id="place"></div>`,
  });
  // Google's window tells its opener who signed in.
  response.headers.set("cross-origin-opener-policy", "same-origin-allow-popups");
  return response;
}

function isOtherNameOf(publicUrl: string, asked: string): boolean {
  const [ours, theirs] = [new URL(publicUrl), new URL(asked)];
  return ours.hostname !== theirs.hostname && ours.port === theirs.port &&
    [ours, theirs].every(({ hostname }) => isLoopbackHost(hostname));
}

/** Where Google's button comes from, with all that it loads. */
export function foreignScriptsOf({ google }: Offers): string | undefined {
  return google ? new URL(".", google.buttonScript).href : undefined;
}

/** What is configured, as far as everybody may know. */
export function offersOf(
  services: HasGoogle & HasMail & HasPasswordPolicy,
): Offers {
  const { google: { clientId, buttonScript }, mailConfigured, leastPasswordCharacters } = services;
  return {
    mail: mailConfigured,
    google: clientId && buttonScript ? { clientId, buttonScript } : null,
    leastPasswordCharacters,
  };
}
