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
  /** Other client ids that an ID token may be for: those of our apps. */
  otherAudiences?: readonly string[];
  /** Where Google is; its own addresses by default. */
  endpoints?: GoogleEndpoints;
  now?: () => Date;
  /** How long a call may take: 10 by default. */
  timeoutSeconds?: number;
};

const TIMEOUT_SECONDS = 10;

/** Google over HTTP. Nothing is loaded or connected until the first call. */
export function createGoogleClient(options: GoogleClientOptions): GoogleApi {
  const { client, otherAudiences = [], endpoints = GOOGLE_ENDPOINTS, now = () => new Date() } = options;
  const http = createHttp(options.timeoutSeconds ?? TIMEOUT_SECONDS);
  const { send } = http;
  const keys = createGoogleKeys(endpoints.certificates, send, now);
  const checks = { keys, audiences: [client.clientId, ...otherAudiences], now };
  let requests: GoogleRequests | undefined;

  /** Google's library takes longer to load than a start should wait. */
  async function loadRequests(): Promise<GoogleRequests> {
    const { createGoogleRequests } = await import("./google_requests.ts");
    return requests ??= createGoogleRequests(client, endpoints, send);
  }

  async function tokens(
    action: GoogleAction,
    ask: (requests: GoogleRequests) => Promise<HttpAnswer>,
  ): Promise<GoogleTokens> {
    const { text } = await ask(await loadRequests()).catch((error) => {
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
    exchangeCode: (input) => tokens("finish the Google authorization", (ask) => ask.exchangeCode(input)),
    refresh: (token) => tokens("refresh the Google tokens", (ask) => ask.refresh(token)),

    /** Not by the library, which puts the token into the URL. */
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
      const answer = await send({ url: endpoints.certificates, method: "GET" }).catch((error: NoAnswer) =>
        error
      );
      if (answer instanceof NoAnswer) throw new GoogleUnreachable("reach Google", answer.message);
      if (answer.status !== 200) throw new GoogleUnreachable("reach Google", `it answers ${answer.status}`);
      return { latencyMs: performance.now() - started };
    },

    close: () => http[Symbol.dispose](),
  };
}
