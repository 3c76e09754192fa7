import type { Secret } from "../../../lib/secret.ts";
import { type GoogleApi, type GoogleTokens, GoogleUnreachable } from "./google_api.ts";
import { GOOGLE_ENDPOINTS, type GoogleEndpoints } from "./google_endpoints.ts";
import { badAnswer, errorWord, type GoogleAction, NotGranted, toGoogleError } from "./google_failures.ts";
import { createHttp, type HttpAnswer, NoAnswer } from "./google_http.ts";
import { createGoogleKeys } from "./google_keys.ts";
import type { GoogleClient, GoogleRequests } from "./google_requests.ts";
import { readTokens } from "./token_answer.ts";

export type GoogleClientOptions = {
  client: GoogleClient;
  /** Other client ids to accept as the audience of ID tokens, such as those of our apps. */
  otherAudiences?: readonly string[];
  /** Endpoints to call; by default those of Google. */
  endpoints?: GoogleEndpoints;
  now?: () => Date;
  /** Timeout of a call; 10 by default. */
  timeoutSeconds?: number;
};

const TIMEOUT_SECONDS = 10;

/** Creates a client for Google over HTTP. It loads and connects nothing until the first call. */
export function createGoogleClient(options: GoogleClientOptions): GoogleApi {
  const { client, otherAudiences = [], endpoints = GOOGLE_ENDPOINTS, now = () => new Date() } = options;
  const http = createHttp(options.timeoutSeconds ?? TIMEOUT_SECONDS);
  const { send } = http;
  const keys = createGoogleKeys(endpoints.certificates, send, now);
  const checks = { keys, audiences: [client.clientId, ...otherAudiences], now };
  let requests: GoogleRequests | undefined;

  /** Loads Google's library on first use, so that the server starts faster. */
  async function loadRequests(): Promise<GoogleRequests> {
    const { createGoogleRequests } = await import("./google_requests.ts");
    return requests ??= createGoogleRequests(client, endpoints, send);
  }

  async function tokens(
    action: GoogleAction,
    request: (requests: GoogleRequests) => Promise<HttpAnswer>,
  ): Promise<GoogleTokens> {
    const { text } = await request(await loadRequests()).catch((error) => {
      throw toGoogleError(action, error);
    });
    const tokens = readTokens(text, now());
    if (!tokens) throw badAnswer(action);
    return tokens;
  }

  return {
    configured: true,
    clientId: client.clientId,
    buttonScript: endpoints.buttonScript,
    async verifyIdToken(token) {
      const { verifyIdToken } = await import("./verify_id_token.ts");
      return await verifyIdToken(checks, token);
    },
    authorizationUrl: async (request) => (await loadRequests()).authorizationUrl(request),
    exchangeCode: (input) =>
      tokens("finish the Google authorization", (requests) => requests.exchangeCode(input)),
    refresh: (token) => tokens("refresh the Google tokens", (requests) => requests.refresh(token)),

    /** Does not use the library, because it puts the token into the URL. */
    async revoke(token: Secret) {
      const action = "revoke the Google grant";
      const body = new URLSearchParams({ token: token.reveal() });
      const answer = await send({ url: endpoints.revocation, method: "POST", body }).catch((error) => {
        throw toGoogleError(action, error);
      });
      if (answer.status === 200) return "revoked";
      if (errorWord(answer.text) === "invalid_token") return "unknown";
      throw toGoogleError(action, new NotGranted(answer));
    },

    async reach() {
      const started = performance.now();
      const response = await send({ url: endpoints.certificates, method: "GET" }).catch((error: NoAnswer) =>
        error
      );
      if (response instanceof NoAnswer) throw new GoogleUnreachable("reach Google", response.message);
      if (response.status !== 200) {
        throw new GoogleUnreachable("reach Google", `it answers ${response.status}`);
      }
      return { latencyMs: performance.now() - started };
    },

    close: () => http[Symbol.dispose](),
  };
}
