import { getLogger } from "@logtape/logtape";
import type { Caller } from "../../operations/caller.ts";
import { AuthError, type AuthErrorCode } from "../../lib/errors.ts";
import {
  completeInBrowser,
  type CompleteServices,
} from "../../providers/google/connect/complete_authorization.ts";
import type { StartServices } from "../../providers/google/connect/start_authorization.ts";
import { connectUrl } from "../../providers/google/credential/google_connection.ts";
import { connectPage, startFromOurPage } from "./connect_page.ts";
import type { Origins } from "../cross_site.ts";
import { connectWindowPage } from "./embed_pages.ts";
import type { RequestFacts } from "../graphql/graphql.ts";
import { escapeHtml, type HtmlPages, notAllowed, seeOther } from "./html_page.ts";

const log = getLogger(["sallyport", "google"]);

/** The pages of a Google authorization. */
export type GooglePages = {
  /** The redirect URI for Google. R25: the only GET that changes data. */
  callback(request: Request, facts: RequestFacts): Promise<Response>;
  /**
   * The page with the button that starts an authorization in the visitor's own session, and the button's POST.
   */
  connect(request: Request, facts: RequestFacts, origins: Origins): Promise<Response>;
  /** The window that an embedded dialog opens, and its script's POST, which is authenticated by a token. */
  connectWindow(request: Request, facts: RequestFacts, origins: Origins): Promise<Response>;
};

type PageServices = StartServices & CompleteServices;

type Identify = (facts: RequestFacts) => Promise<Caller>;

export function createGooglePages(services: PageServices, identify: Identify, page: HtmlPages): GooglePages {
  // Page navigation carries only cookies, so we ignore any other credential.
  const byCookie: Identify = (facts) => identify({ ...facts, authorization: null });
  // The window acts for the user of the page that opened it, even if this browser has another user's cookie
  // here.
  const byToken: Identify = (facts) => identify({ ...facts, sessionCookie: null });
  const telling = async (request: Request, answer: () => Promise<Response>) => {
    try {
      return await answer();
    } catch (error) {
      if (!(error instanceof AuthError)) log.error("A Google page failed: {error}", { error });
      return refusedPage(request, services, error, page);
    }
  };
  return {
    callback: (request, facts) =>
      telling(request, async () => {
        if (request.method !== "GET") return notAllowed("GET");
        return await answerCallback(request, facts, services, await byCookie(facts), page);
      }),
    connect: (request, facts, origins) =>
      telling(
        request,
        async () => await connectPage(request, facts, origins, services, await byCookie(facts), page),
      ),
    connectWindow: (request, facts, origins) =>
      telling(request, async () => {
        if (request.method !== "POST") return connectWindowPage(request, page);
        const caller = await byToken(facts);
        return json(
          { authorizationUrl: await startFromOurPage(request, facts, origins, services, caller) },
          200,
        );
      }),
  };
}

async function answerCallback(
  request: Request,
  facts: RequestFacts,
  services: PageServices,
  caller: Caller,
  page: HtmlPages,
): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const [state, code, error, iss] = ["state", "code", "error", "iss"].map((name) => query.get(name));
  const back = { state, code, error, iss };
  const { flow, returnTo } = await completeInBrowser(services, caller, back, facts.browser);
  if (wantsJson(request)) {
    return json({ flow: { id: flow.id, status: flow.status }, returnTo }, 200);
  }
  if (returnTo !== null) return seeOther(returnTo);
  // A user of an embedded dialog may have no session or another one in this browser.
  const isHere = caller.kind === "user" && caller.userId === flow.userId;
  const here = isHere ? ', or look at <a href="/">your account here</a>' : "";
  return page({
    title: "Google is connected",
    body: `<p>You can close this page and go back to where you started${here}.</p>`,
  });
}

/**
 * The response for a failed authorization, as a page or as JSON: the problem and, if Google is configured, a
 * link to try again.
 */
function refusedPage(request: Request, services: PageServices, error: unknown, page: HtmlPages): Response {
  const known = error instanceof AuthError ? error : undefined;
  const code = known?.code ?? "UNAVAILABLE";
  const message = known?.message ?? "Something went wrong on the server";
  const { actionRequired = null, retryAfterSeconds = null, authorizationUrl: again } = known?.remedy ?? {};
  const authorizationUrl = services.google.configured ? again ?? connectUrl(services) : null;
  const status = STATUS[code] ?? 400;
  const response = wantsJson(request)
    ? json({ error: { code, message, actionRequired, authorizationUrl, retryAfterSeconds } }, status)
    : page({
      title: "Google is not connected",
      status,
      body: `<p>${escapeHtml(message)}.</p>${
        actionRequired ? `\n<p>${escapeHtml(actionRequired)}.</p>` : ""
      }${authorizationUrl ? `\n<p><a href="${escapeHtml(authorizationUrl)}">Connect Google</a></p>` : ""}`,
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
  GOOGLE_NOT_CONFIGURED: 503,
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
