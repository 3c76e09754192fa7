import { CodeChallengeMethod, gaxios, OAuth2Client } from "google-auth-library";
import type { Secret } from "../../../lib/secret.ts";
import type { AuthorizationRequest } from "./google_api.ts";
import type { GoogleEndpoints } from "./google_endpoints.ts";
import { NotGranted } from "./google_failures.ts";
import type { HttpAnswer, SendHttp } from "./google_http.ts";

/** An OAuth client registered in Google's console. */
export type GoogleClient = { clientId: string; clientSecret: Secret };

export type GoogleRequests = {
  authorizationUrl(request: AuthorizationRequest): string;
  /** @throws NotGranted for a status other than 200, and NoAnswer. */
  exchangeCode(input: { code: Secret; codeVerifier: Secret; redirectUri: string }): Promise<HttpAnswer>;
  /** @throws NotGranted for a status other than 200, and NoAnswer. */
  refresh(refreshToken: Secret): Promise<HttpAnswer>;
};

/**
 * Builds the requests with Google's library but reads the responses itself. The library receives an empty success
 * instead, because it would retry calls that must not be retried, use the machine's clock, and put the request into
 * its errors.
 */
export function createGoogleRequests(
  { clientId, clientSecret }: GoogleClient,
  endpoints: GoogleEndpoints,
  http: SendHttp,
): GoogleRequests {
  async function send(request: (client: OAuth2Client) => Promise<unknown>): Promise<HttpAnswer> {
    let answer: HttpAnswer | undefined;
    const capture: typeof fetch = async (url, { method = "GET", headers, body } = {}) => {
      answer = await http({ url: String(url), method, ...(headers && { headers }), ...(body && { body }) });
      return Response.json({});
    };
    await request(newClient(capture)).catch((error: Error) => {
      throw error.cause ?? error;
    });
    if (answer?.status !== 200) {
      throw new NotGranted(answer ?? { status: 0, headers: new Headers(), text: "" });
    }
    return answer;
  }

  function newClient(fetchImplementation: typeof fetch): OAuth2Client {
    return new OAuth2Client({
      clientId,
      clientSecret: clientSecret.reveal(),
      endpoints: { oauth2AuthBaseUrl: endpoints.authorization, oauth2TokenUrl: endpoints.token },
      transporter: new gaxios.Gaxios({
        fetchImplementation,
        retryConfig: { retry: 0, noResponseRetries: 0 },
        // `fetch` applies the proxy. The library's own agent reads the whole environment, which needs a permission we
        // do not grant.
        noProxy: [/^/],
      }),
      // The library's interceptors can log tokens if an environment variable enables logging.
      useAuthRequestParameters: false,
    });
  }

  const urls = newClient(() => Promise.reject(new TypeError("This client sends nothing")));
  return {
    authorizationUrl: ({ state, codeChallenge, redirectUri, scopes, loginHint, consent }) =>
      urls.generateAuthUrl({
        state,
        code_challenge: codeChallenge,
        code_challenge_method: CodeChallengeMethod.S256,
        redirect_uri: redirectUri,
        scope: [...scopes],
        access_type: "offline",
        ...(loginHint !== undefined && { login_hint: loginHint }),
        ...(consent && { prompt: "consent" }),
      }),
    exchangeCode: ({ code, codeVerifier, redirectUri }) =>
      send((client) =>
        client.getToken({
          code: code.reveal(),
          codeVerifier: codeVerifier.reveal(),
          redirect_uri: redirectUri,
        })
      ),
    refresh: (refreshToken) =>
      send((client) => {
        client.setCredentials({ refresh_token: refreshToken.reveal() });
        return client.refreshAccessToken();
      }),
  };
}
