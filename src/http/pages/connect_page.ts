import type { Caller } from "../../operations/caller.ts";
import { Forbidden } from "../../lib/errors.ts";
import { givenText } from "../../lib/given_text.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { ConsentRequest } from "../../vault/browser_consent.ts";
import { findUsers } from "../../accounts/users/users.ts";
import { isOwnOrigin, type Origins } from "../cross_site.ts";
import type { RequestFacts } from "../graphql/graphql.ts";
import type { ConsentProvider } from "./consent_pages.ts";
import { escapeHtml, type HtmlPages, notAllowed, seeOther } from "./html_page.ts";

/**
 * R28: shows a page with a button; a GET changes nothing. Only this page can send the button's POST, which
 * starts an authorization in the session of the user that presses it. So a link cannot start one for another
 * user.
 */
export async function connectPage(
  request: Request,
  facts: RequestFacts,
  origins: Origins,
  provider: ConsentProvider,
  services: HasDatabase,
  caller: Caller,
  page: HtmlPages,
): Promise<Response> {
  // With `no-referrer` the browser would send no origin with the button's POST.
  const { consent, label } = provider;
  const answer = (status: number, body: string) =>
    page({ title: `Connect ${label}`, status, body, referrerPolicy: "same-origin", formLeadsAway: true });
  if (request.method !== "GET" && request.method !== "POST") return notAllowed("GET", "POST");
  const asked = askedOf(request);
  consent.check(asked);
  if (caller.kind !== "user") {
    if (caller.kind === "nobody" && caller.because) throw caller.because;
    return answer(
      401,
      '<p>You are not signed in here. <a href="/">Sign in</a> in this browser, then open this page again.</p>',
    );
  }
  if (caller.isGuest) {
    return answer(
      403,
      '<p>You are here as a guest. <a href="/">Register, or sign in</a>, then open this page again.</p>',
    );
  }
  if (request.method === "POST") {
    return seeOther(await startFromOurPage(request, facts, origins, provider, caller, asked));
  }
  const user = (await findUsers(services.db, [caller.userId])).get(caller.userId);
  const name = user?.username ?? user?.email ?? caller.userId;
  return answer(
    200,
    `<p>You are signed in as <b><bdi>${
      escapeHtml(name)
    }</bdi></b>. ${label} will ask whether this service may use your account.</p>
<form method="post"><button class="primary">Connect ${label}</button></form>`,
  );
}

/**
/**
 * Starts an authorization from a page of ours and binds it to the browser by a cookie. Returns the URL of the
 * provider's page.
 *
 * @throws Forbidden if the request does not come from our own page; otherwise as `BrowserConsent.start`
 */
export async function startFromOurPage(
  request: Request,
  facts: RequestFacts,
  origins: Origins,
  { consent, slug }: ConsentProvider,
  caller: Caller,
  asked: ConsentRequest = {},
): Promise<string> {
  const origin = request.headers.get("origin");
  if (origin === null || !isOwnOrigin(origin, request, origins)) {
    throw new Forbidden("the button of our own page");
  }
  const browser = { ...facts.browserOf(slug), isBrowser: true, check: () => {} };
  return await consent.start(caller, asked, browser);
}

/** Reads the page's parameters. */
function askedOf(request: Request): ConsentRequest {
  const query = new URL(request.url).searchParams;
  const scopes = givenText(query.get("scope"))?.split(" ").filter((scope) => scope !== "");
  return { returnTo: givenText(query.get("returnTo")), scopes };
}
