import { getLogger } from "@logtape/logtape";
import type { Caller } from "../../operations/caller.ts";
import { AuthError, type AuthErrorCode } from "../../lib/errors.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { type BrowserConsent, consentPaths } from "../../vault/browser_consent.ts";
import type { HasProviders, ProviderAdapter } from "../../vault/provider.ts";
import { connectPage, startFromOurPage } from "./connect_page.ts";
import type { Origins } from "../cross_site.ts";
import { connectWindowPage } from "./embed_pages.ts";
import type { RequestFacts } from "../graphql/graphql.ts";
import { escapeHtml, type HtmlPages, notAllowed, seeOther } from "./html_page.ts";

/** The pages of the authorizations at providers, by path. */
export type ConsentPages = ReadonlyMap<string, ConsentPage>;

type ConsentPage = (request: Request, facts: RequestFacts, origins: Origins) => Promise<Response>;

type Identify = (facts: RequestFacts) => Promise<Caller>;

/** A provider that connects accounts in a browser. */
export type ConsentProvider = Pick<ProviderAdapter, "label" | "slug"> & { consent: BrowserConsent };

/** Creates the pages of every provider that connects accounts in a browser. */
export function createConsentPages(
  services: HasDatabase & HasProviders,
  identify: Identify,
  page: HtmlPages,
): ConsentPages {
  return new Map(
    services.providers.flatMap(({ consent, label, slug }) =>
      consent ? pagesOf({ consent, label, slug }, services, identify, page) : []
    ),
  );
}

function pagesOf(
  provider: ConsentProvider,
  services: HasDatabase,
  identify: Identify,
  page: HtmlPages,
): [path: string, ConsentPage][] {
  const log = getLogger(["sallyport", provider.slug]);
  // Page navigation carries only cookies, so we ignore any other credential.
  const byCookie: Identify = (facts) => identify({ ...facts, authorization: null });
  // The window acts for the user of the page that opened it, even if this browser has another user's cookie
  // here.
  const byToken: Identify = (facts) => identify({ ...facts, sessionCookie: null });
  const telling = (answer: ConsentPage): ConsentPage => async (request, facts, origins) => {
    try {
      return await answer(request, facts, origins);
    } catch (error) {
      if (!(error instanceof AuthError)) {
        log.error("A page of {provider} failed: {error}", { provider: provider.label, error });
      }
      return refusedPage(request, provider, error, page);
    }
  };
  const { callback, connect, window } = consentPaths(provider.slug);
  return [
    // The redirect URI for the provider. R25: the only GET that changes data.
    [
      callback,
      telling(async (request, facts) => {
        if (request.method !== "GET") return notAllowed("GET");
        return await answerCallback(request, facts, provider, await byCookie(facts), page);
      }),
    ],
    // The page with the button that starts an authorization in the visitor's own session, and the button's POST.
    [
      connect,
      telling(async (request, facts, origins) =>
        await connectPage(request, facts, origins, provider, services, await byCookie(facts), page)
      ),
    ],
    // The window that an embedded dialog opens, and its script's POST, which is authenticated by a token.
    [
      window,
      telling(async (request, facts, origins) => {
        if (request.method !== "POST") return connectWindowPage(request, provider.label, page);
        const caller = await byToken(facts);
        return json(
          { authorizationUrl: await startFromOurPage(request, facts, origins, provider, caller) },
          200,
        );
      }),
    ],
  ];
}

async function answerCallback(
  request: Request,
  facts: RequestFacts,
  { consent, label, slug }: ConsentProvider,
  caller: Caller,
  page: HtmlPages,
): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const [state, code, error, iss] = ["state", "code", "error", "iss"].map((name) => query.get(name));
  const back = { state, code, error, iss };
  const { flow, returnTo } = await consent.complete(caller, back, facts.browserOf(slug));
  if (wantsJson(request)) {
    return json({ flow: { id: flow.id, status: flow.status }, returnTo }, 200);
  }
  if (returnTo !== null) return seeOther(returnTo);
  // A user of an embedded dialog may have no session or another one in this browser.
  const isHere = caller.kind === "user" && caller.userId === flow.userId;
  const here = isHere ? ', or look at <a href="/">your account here</a>' : "";
  return page({
    title: `${label} is connected`,
    body: `<p>You can close this page and go back to where you started${here}.</p>`,
  });
}

/**
 * The response for a failed authorization, as a page or as JSON: the problem and, if the provider is configured,
 * a link to try again.
 */
function refusedPage(
  request: Request,
  { consent, label }: ConsentProvider,
  error: unknown,
  page: HtmlPages,
): Response {
  const known = error instanceof AuthError ? error : undefined;
  const code = known?.code ?? "UNAVAILABLE";
  const message = known?.message ?? "Something went wrong on the server";
  const { actionRequired = null, retryAfterSeconds = null, authorizationUrl: again } = known?.remedy ?? {};
  const authorizationUrl = consent.configured ? again ?? consent.connectUrl() : null;
  const status = STATUS[code] ?? (code.endsWith("_NOT_CONFIGURED") ? 503 : 400);
  const response = wantsJson(request)
    ? json({ error: { code, message, actionRequired, authorizationUrl, retryAfterSeconds } }, status)
    : page({
      title: `${label} is not connected`,
      status,
      body: `<p>${escapeHtml(message)}.</p>${
        actionRequired ? `\n<p>${escapeHtml(actionRequired)}.</p>` : ""
      }${authorizationUrl ? `\n<p><a href="${escapeHtml(authorizationUrl)}">Connect ${label}</a></p>` : ""}`,
    });
  if (retryAfterSeconds) response.headers.set("retry-after", String(retryAfterSeconds));
  return response;
}

/** HTTP status by error code. The default is 400. */
const STATUS: Partial<Record<AuthErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  AUTHORIZATION_DENIED: 403,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  PROVIDER_UNAVAILABLE: 502,
};

function wantsJson({ headers }: Request): boolean {
  const accept = headers.get("accept") ?? "";
  return /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

function json(body: unknown, status: number): Response {
  const headers = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  return Response.json(body, { status, headers });
}
