import type { Caller } from "../caller.ts";
import { Forbidden } from "../errors.ts";
import { checkReturnTo, checkScopes } from "../google/authorization_input.ts";
import { GoogleNotConfigured } from "../google/google_api.ts";
import { startGoogleAuthorization } from "../google/start_authorization.ts";
import type { Services } from "../services.ts";
import { findUsers } from "../users/users.ts";
import { isOwnOrigin, type Origins } from "./cross_site.ts";
import type { RequestFacts } from "./graphql.ts";
import { escapeHtml, htmlPage, notAllowed, seeOther } from "./html_page.ts";

/**
 * R28: following a link here shows a button and changes nothing. The button is a POST of this page alone, and starts an
 * authorization in the session of whoever presses it: there is no link that starts one for somebody else.
 */
export async function connectPage(
  request: Request,
  facts: RequestFacts,
  origins: Origins,
  services: Services,
  caller: Caller,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "POST") return notAllowed("GET", "POST");
  if (!services.google.configured) throw new GoogleNotConfigured();
  const asked = askedOf(request, services);
  if (caller.kind !== "user") {
    if (caller.kind === "nobody" && caller.because) throw caller.because;
    return page(
      401,
      "<p>You are not signed in here. Sign in in this browser, then open this page again.</p>",
    );
  }
  if (caller.isGuest) {
    return page(403, "<p>You are here as a guest. Register, or sign in, then open this page again.</p>");
  }
  if (request.method === "POST") {
    const origin = request.headers.get("origin");
    if (origin === null || !isOwnOrigin(origin, request, origins)) {
      throw new Forbidden("the button of our own page");
    }
    const browser = { ...facts.browser, isBrowser: true, check: () => {} };
    const started = await startGoogleAuthorization(services, caller, { mode: "WEB", ...asked }, browser);
    return seeOther(started.authorizationUrl);
  }
  const user = (await findUsers(services.db, [caller.userId])).get(caller.userId);
  const name = user?.username ?? user?.email ?? caller.userId;
  return page(
    200,
    `<p>You are signed in as <b>${
      escapeHtml(name)
    }</b>. Google will ask whether this service may use your account.</p>
<form method="post"><p><button>Connect Google</button></p></form>`,
  );
}

/** What the page was opened for, checked. */
function askedOf(request: Request, { publicUrl, allowedOrigins }: Services) {
  const query = new URL(request.url).searchParams;
  const returnTo = query.get("returnTo") ?? undefined;
  if (returnTo !== undefined) checkReturnTo(returnTo, publicUrl(), allowedOrigins);
  const scopes = query.get("scope")?.split(" ").filter((scope) => scope !== "");
  if (scopes) checkScopes(scopes);
  return { returnTo, scopes };
}

function page(status: number, body: string): Response {
  // Under `no-referrer` a browser would not say where the button's POST comes from.
  return htmlPage({ title: "Connect Google", status, body, referrerPolicy: "same-origin" });
}
