import type { EventEmitter } from "node:events";
import type { Provider } from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";
import { sleep } from "../../lib/sleep.ts";
import { serveButton } from "./button.ts";
import { serveConsent } from "./consent.ts";
import type { IdTokenOptions } from "./id_token.ts";
import { type AccountInput, isAddress } from "./people.ts";
import { AUTHORIZATION_PATH, type GoogleState, TOKEN_PATH } from "./provider.ts";
import { readForm, replaceBody } from "./request_body.ts";
import { type GoogleEndpoint, type GoogleFault, takeFault } from "./switches.ts";
import { fromGoogleForm } from "./token_texts.ts";
import {
  type ProviderTokens,
  refuse,
  tokenAnswer,
  translateRedirect,
  translateRefusal,
  translateRequest,
} from "./translate.ts";

export const REVOCATION_PATH = "/revoke";
export const USERINFO_PATH = "/v1/userinfo";
export const CERTIFICATES_PATH = "/oauth2/v1/certs";
const JWKS_PATH = "/oauth2/v3/certs";
/** Not at Google: returns an ID token for any address. */
const ID_TOKEN_PATH = "/emulated/id-token";

/** The number of calls to each endpoint, and of refreshes under way. */
export type GoogleCalls = {
  authorizations: number;
  exchanges: number;
  refreshes: number;
  revocations: number;
  /** Both certificates and JWK sets. */
  certificates: number;
  refreshesUnderWay: number;
  maxRefreshesUnderWay: number;
};

type Context = KoaContextWithOIDC;
type Next = () => Promise<unknown>;

const ENDPOINTS: Readonly<Record<string, GoogleEndpoint>> = {
  [TOKEN_PATH]: "token",
  [REVOCATION_PATH]: "revocation",
  [CERTIFICATES_PATH]: "certificates",
  [JWKS_PATH]: "certificates",
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Adds Google's other endpoints and formats to the provider. `closing` ends calls that are held. */
export function serveAsGoogle(
  provider: Provider,
  state: GoogleState,
  issueIdToken: (account: AccountInput, options: IdTokenOptions) => string,
): { calls: GoogleCalls; closing: AbortController } {
  const calls: GoogleCalls = {
    authorizations: 0,
    exchanges: 0,
    refreshes: 0,
    revocations: 0,
    certificates: 0,
    refreshesUnderWay: 0,
    maxRefreshesUnderWay: 0,
  };
  const closing = new AbortController();
  // A browser may leave a page while it loads the button's script.
  const failures: EventEmitter = provider;
  failures.on("error", (error: { code?: string }) => {
    if (error.code !== "ECONNRESET") console.error(error);
  });

  provider.use(async (ctx: Context, next: Next) => {
    // A web page that got a name of its own to point here reads nothing.
    if (!LOOPBACK.test(ctx.hostname)) return void refuse(ctx, 403, "This is for this machine alone");
    const endpoint = ENDPOINTS[ctx.path];
    if (endpoint) return await serveEndpoint(ctx, endpoint, next);
    if (ctx.path === USERINFO_PATH) return await serveUserinfo(ctx);
    if (ctx.path === ID_TOKEN_PATH) return serveIdToken(ctx, issueIdToken);
    if (await serveButton(state, ctx, issueIdToken)) return;
    if (await serveConsent(provider, state, ctx)) return;
    if (ctx.path === AUTHORIZATION_PATH) {
      calls.authorizations++;
      if (!translateRequest(ctx)) return;
    }
    await next();
    translateRedirect(ctx, state);
  });

  async function serveEndpoint(ctx: Context, endpoint: GoogleEndpoint, next: Next): Promise<void> {
    const form = new URLSearchParams(ctx.method === "POST" ? await readForm(ctx.req) : "");
    const grantType = form.get("grant_type") ?? undefined;
    const refreshing = endpoint === "token" && grantType === "refresh_token";
    count(endpoint, grantType);
    if (refreshing) {
      calls.maxRefreshesUnderWay = Math.max(calls.maxRefreshesUnderWay, ++calls.refreshesUnderWay);
    }
    try {
      const fault = takeFault(state.switches, endpoint, grantType);
      if (fault && await faultBefore(ctx, fault)) return;
      if (endpoint === "token") await serveToken(ctx, form, next);
      else if (endpoint === "revocation") await serveRevocation(ctx, form);
      else serveKeys(ctx);
      if (fault) faultAfter(ctx, fault);
    } finally {
      if (refreshing) calls.refreshesUnderWay--;
    }
  }

  function count(endpoint: GoogleEndpoint, grantType: string | undefined): void {
    if (endpoint === "certificates") calls.certificates++;
    else if (endpoint === "revocation") calls.revocations++;
    else if (grantType === "refresh_token") calls.refreshes++;
    else if (grantType === "authorization_code") calls.exchanges++;
  }

  /** Applies a fault before the work. Returns whether it ends the call. */
  async function faultBefore(ctx: Context, fault: GoogleFault): Promise<boolean> {
    if (fault.kind === "answer") {
      ctx.status = fault.status;
      ctx.body = fault.body;
      return true;
    }
    if (fault.kind === "silent") await goneOrClosed(ctx);
    const ends = fault.kind === "silent" || (fault.kind === "dropped" && !fault.done);
    if (ends) drop(ctx);
    return ends;
  }

  function faultAfter(ctx: Context, fault: GoogleFault): void {
    if (fault.kind === "dropped") drop(ctx);
    if (fault.kind === "garbled") {
      ctx.type = "html";
      ctx.body = fault.body;
    }
  }

  function goneOrClosed(ctx: Context): Promise<void> {
    return new Promise((resolve) => {
      ctx.res.once("close", () => resolve());
      closing.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async function serveToken(ctx: Context, form: URLSearchParams, next: Next): Promise<void> {
    for (const name of ["code", "refresh_token"]) {
      const value = form.get(name);
      if (value !== null) form.set(name, fromGoogleForm(value));
    }
    replaceBody(ctx.req, form.toString());
    await sleep(state.switches.delayMs, closing.signal);
    await next();
    if (ctx.status === 200) ctx.body = tokenAnswer(state, ctx.body as ProviderTokens, form);
    else translateRefusal(ctx, form);
  }

  /** RFC 7009 with Google's differences: no client authentication, and an error for an unknown token. */
  async function serveRevocation(ctx: Context, form: URLSearchParams): Promise<void> {
    if (ctx.method !== "POST") return void refuse(ctx, 405, "Only POST is allowed");
    const value = fromGoogleForm(form.get("token") ?? ctx.URL.searchParams.get("token") ?? "");
    const token = await provider.RefreshToken.find(value) ?? await provider.AccessToken.find(value);
    const grant = token?.grantId ? await provider.Grant.find(token.grantId) : undefined;
    if (!grant) {
      ctx.status = 400;
      ctx.body = { error: "invalid_token", error_description: "Token expired or revoked" };
      return;
    }
    // Tokens without their grant do not work.
    await grant.destroy();
    state.consents.delete(`${grant.accountId} ${grant.clientId}`);
    ctx.body = {};
  }

  /** OpenID Connect Core §5.3. */
  async function serveUserinfo(ctx: Context): Promise<void> {
    const [, bearer = ""] = /^Bearer (\S+)$/.exec(ctx.get("authorization")) ?? [];
    const token = await provider.AccessToken.find(fromGoogleForm(bearer));
    const isGranted = token?.grantId && await provider.Grant.find(token.grantId);
    const person = isGranted ? state.people.find(token.accountId) : undefined;
    ctx.status = person ? 200 : 401;
    ctx.body = person
      ? { sub: person.sub, email: person.email, email_verified: person.emailVerified }
      : { error: "invalid_request", error_description: "Invalid Credentials" };
  }

  function serveKeys(ctx: Context): void {
    const { certificatesCacheControl, certificatesAgeSeconds } = state.switches;
    const keys = state.keys.published;
    ctx.set({ "cache-control": certificatesCacheControl, age: String(certificatesAgeSeconds) });
    ctx.body = ctx.path === JWKS_PATH
      ? { keys: keys.map(({ jwk }) => jwk) }
      : Object.fromEntries(keys.map(({ kid, certificate }) => [kid, certificate]));
  }

  return { calls, closing };
}

/** Drops the connection without an answer. */
function drop(ctx: Context): void {
  ctx.respond = false;
  ctx.req.socket.destroy();
}

function serveIdToken(
  ctx: Context,
  issueIdToken: (account: AccountInput, options: IdTokenOptions) => string,
): void {
  if (ctx.method !== "POST") return refuse(ctx, 405, "Only POST is allowed");
  const { email, nonce, audience } = Object.fromEntries(ctx.URL.searchParams);
  if (!isAddress(email)) return refuse(ctx, 400, "Invalid e-mail address");
  ctx.body = {
    idToken: issueIdToken({ email }, { ...(nonce && { nonce }), ...(audience && { audience }) }),
  };
}
