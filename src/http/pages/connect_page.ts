import type { Caller } from "../../operations/caller.ts";
import { Forbidden } from "../../lib/errors.ts";
import { givenText } from "../../lib/given_text.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { ConsentRequest } from "../../vault/browser_consent.ts";
import { findUsers } from "../../accounts/users/users.ts";
import { isOwnOrigin, type Origins } from "../cross_site.ts";
import type { RequestFacts } from "../graphql/graphql.ts";
import type { AskingProvider } from "./consent_pages.ts";
import { escapeHtml, type HtmlPages, notAllowed, seeOther } from "./html_page.ts";

/**
 * R28: following a link here shows a button and changes nothing. The button is a POST of this page alone, and starts an
 * authorization in the session of whoever presses it: there is no link that starts one for somebody else.
 */
export async function connectPage(
  request: Request,
  facts: RequestFacts,
  origins: Origins,
  provider: AskingProvider,
  services: HasDatabase,
  caller: Caller,
  page: HtmlPages,
): Promise<Response> {
  // Under `no-referrer` a browser would not say where the button's POST comes from.
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
 * Starts an authorization for the caller in the browser that shows a page of ours, which is known by a cookie from then
 * on. Gives the provider's page. Throws as `BrowserConsent.start` does, and `Forbidden` when no page of ours asks.
 */
export async function startFromOurPage(
  request: Request,
  facts: RequestFacts,
  origins: Origins,
  { consent, slug }: AskingProvider,
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

/** What the page was opened for. */
function askedOf(request: Request): ConsentRequest {
  const query = new URL(request.url).searchParams;
  const scopes = givenText(query.get("scope"))?.split(" ").filter((scope) => scope !== "");
  return { returnTo: givenText(query.get("returnTo")), scopes };
}
