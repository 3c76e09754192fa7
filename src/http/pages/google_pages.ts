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
  /** Where Google sends the browser back to: R25's one GET that changes something. */
  callback(request: Request, facts: RequestFacts): Promise<Response>;
  /** The page whose button starts an authorization in the visitor's own session, and the button. */
  connect(request: Request, facts: RequestFacts, origins: Origins): Promise<Response>;
  /** The window that the dialog in another site's page opens, and what its script POSTs: who it is for, by a token. */
  connectWindow(request: Request, facts: RequestFacts, origins: Origins): Promise<Response>;
};

type PageServices = StartServices & CompleteServices;

type Identify = (facts: RequestFacts) => Promise<Caller>;

export function createGooglePages(services: PageServices, identify: Identify, page: HtmlPages): GooglePages {
  // A browser that goes from page to page has its cookies to show, and nothing else counts here.
  const byCookie: Identify = (facts) => identify({ ...facts, authorization: null });
  // The window is for whoever is signed in at the page that opened it, whoever else is at ours in this browser.
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
  // Who came from another site's page may be nobody here, or somebody else.
  const isHere = caller.kind === "user" && caller.userId === flow.userId;
  const here = isHere ? ', or look at <a href="/">your account here</a>' : "";
  return page({
    title: "Google is connected",
    body: `<p>You can close this page and go back to where you came from${here}.</p>`,
  });
}

/**
 * What a person, or a program, is told that something did not work, and how to try again, where Google is configured.
 */
function refusedPage(request: Request, services: PageServices, error: unknown, page: HtmlPages): Response {
  const known = error instanceof AuthError ? error : undefined;
  const code = known?.code ?? "UNAVAILABLE";
  const message = known?.message ?? "Something went wrong on our side";
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

/** 400 where nothing else is said. */
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
