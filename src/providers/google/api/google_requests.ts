import { CodeChallengeMethod, gaxios, OAuth2Client } from "google-auth-library";
import type { Secret } from "../../../lib/secret.ts";
import type { AuthorizationRequest } from "./google_api.ts";
import type { GoogleEndpoints } from "./google_endpoints.ts";
import { NotGranted } from "./google_failures.ts";
import type { HttpAnswer, SendHttp } from "./google_http.ts";

/** The application that Google's console knows as ours. */
export type GoogleClient = { clientId: string; clientSecret: Secret };

export type GoogleRequests = {
  authorizationUrl(request: AuthorizationRequest): string;
  /** Throws `NotGranted` for every answer but 200, and `NoAnswer`. */
  exchangeCode(input: { code: Secret; codeVerifier: Secret; redirectUri: string }): Promise<HttpAnswer>;
  /** Throws `NotGranted` for every answer but 200, and `NoAnswer`. */
  refresh(refreshToken: Secret): Promise<HttpAnswer>;
};

/**
 * Google's library makes the requests. What is answered is read elsewhere, and the library is told an empty success: it
 * would try again what must not be tried twice, reckon by the machine's clock, and put the request into its errors.
 */
export function createGoogleRequests(
  { clientId, clientSecret }: GoogleClient,
  endpoints: GoogleEndpoints,
  http: SendHttp,
): GoogleRequests {
  async function ask(request: (client: OAuth2Client) => Promise<unknown>): Promise<HttpAnswer> {
    let answer: HttpAnswer | undefined;
    const send: typeof fetch = async (url, { method = "GET", headers, body } = {}) => {
      answer = await http({ url: String(url), method, ...(headers && { headers }), ...(body && { body }) });
      return Response.json({});
    };
    await request(newClient(send)).catch((error: Error) => {
      throw error.cause ?? error;
    });
    if (answer?.status !== 200) {
      throw new NotGranted(answer ?? { status: 0, headers: new Headers(), text: "" });
    }
    return answer;
  }

  function newClient(send: typeof fetch): OAuth2Client {
    return new OAuth2Client({
      clientId,
      clientSecret: clientSecret.reveal(),
      endpoints: { oauth2AuthBaseUrl: endpoints.authorization, oauth2TokenUrl: endpoints.token },
      transporter: new gaxios.Gaxios({
        fetchImplementation: send,
        retryConfig: { retry: 0, noResponseRetries: 0 },
        // `fetch` sees to the proxy; the library's own agent lists the environment, which it may not.
        noProxy: [/^/],
      }),
      // Its interceptors log tokens, where a variable asks for logs.
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
      ask((client) =>
        client.getToken({
          code: code.reveal(),
          codeVerifier: codeVerifier.reveal(),
          redirect_uri: redirectUri,
        })
      ),
    refresh: (refreshToken) =>
      ask((client) => {
        client.setCredentials({ refresh_token: refreshToken.reveal() });
        return client.refreshAccessToken();
      }),
  };
}
