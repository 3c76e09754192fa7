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

/** Our pages for providers that ask a person in their browser, by their paths. */
export type ConsentPages = ReadonlyMap<string, ConsentPage>;

type ConsentPage = (request: Request, facts: RequestFacts, origins: Origins) => Promise<Response>;

type Identify = (facts: RequestFacts) => Promise<Caller>;

/** A provider that asks a person in their browser. */
export type AskingProvider = Pick<ProviderAdapter, "label" | "slug"> & { consent: BrowserConsent };

/** The pages of every provider that asks in a browser. */
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
  provider: AskingProvider,
  services: HasDatabase,
  identify: Identify,
  page: HtmlPages,
): [path: string, ConsentPage][] {
  const log = getLogger(["sallyport", provider.slug]);
  // A browser that goes from page to page has its cookies to show, and nothing else counts here.
  const byCookie: Identify = (facts) => identify({ ...facts, authorization: null });
  // The window is for whoever is signed in at the page that opened it, whoever else is at ours in this browser.
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
    // Where the provider sends the browser back to: R25's one GET that changes something.
    [
      callback,
      telling(async (request, facts) => {
        if (request.method !== "GET") return notAllowed("GET");
        return await answerCallback(request, facts, provider, await byCookie(facts), page);
      }),
    ],
    // The page whose button starts an authorization in the visitor's own session, and the button.
    [
      connect,
      telling(async (request, facts, origins) =>
        await connectPage(request, facts, origins, provider, services, await byCookie(facts), page)
      ),
    ],
    // The window that the dialog in another site's page opens, and what its script POSTs: who it is for, by a token.
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
  { consent, label, slug }: AskingProvider,
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
  // Who came from another site's page may be nobody here, or somebody else.
  const isHere = caller.kind === "user" && caller.userId === flow.userId;
  const here = isHere ? ', or look at <a href="/">your account here</a>' : "";
  return page({
    title: `${label} is connected`,
    body: `<p>You can close this page and go back to where you came from${here}.</p>`,
  });
}

/**
 * What a person, or a program, is told that something did not work, and how to try again, where the provider is configured.
 */
function refusedPage(
  request: Request,
  { consent, label }: AskingProvider,
  error: unknown,
  page: HtmlPages,
): Response {
  const known = error instanceof AuthError ? error : undefined;
  const code = known?.code ?? "UNAVAILABLE";
  const message = known?.message ?? "Something went wrong on our side";
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

/** 400 where nothing else is said. */
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
