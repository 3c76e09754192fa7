import { type BrowserBinding, consentPaths } from "../../../vault/browser_consent.ts";
import { GOOGLE_AUTHORIZATION, GOOGLE_LIMITS, GOOGLE_SLUG } from "../google_terms.ts";
import { type Caller, originOf, ownerOf } from "../../../operations/caller.ts";
import { type HasRandom, newToken, sha256, toBase64Url, tokenHash } from "../../../lib/crypto.ts";
import { InvalidInput } from "../../../lib/errors.ts";
import { findFlow, type FlowStatus } from "../../../flows/flows.ts";
import { createFlow } from "../../../flows/new_flow.ts";
import { newId } from "../../../lib/ids.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasGoogle } from "../api/google_api.ts";
import type { HasLimits } from "../../../operations/limits/limits.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasAllowedOrigins, HasPublicUrl } from "../../../lib/public_url.ts";
import type { HasClock } from "../../../lib/clock.ts";
import {
  asGoogleAuthorization,
  type GoogleAuthorizationDetail,
  type GoogleAuthorizationFlow,
  type GoogleAuthorizationMode,
  requireStarter,
  sealResume,
  sealSecrets,
  STATE_PREFIX,
} from "./authorization.ts";
import { checkLoopback, checkResume, checkReturnTo, checkScopes } from "./authorization_input.ts";
import { findNewest, insertAuthorization, lockStarter } from "./google_authorization_store.ts";
import { googleCredentials, needsConsent } from "../credential/google_connection.ts";

/** RFC 6749 §4.1.2: a code lives ten minutes at most. A state need not outlive its code. */
const STATE_SECONDS = 10 * 60;

/** Prefix of the secret in the browser's cookie. */
const BROWSER_PREFIX = "spb";

/** Length of a PKCE verifier; RFC 7636 §4.1 recommends 32. */
const VERIFIER_BYTES = 32;

export const CALLBACK_PATH = consentPaths(GOOGLE_SLUG).callback;

export type StartGoogleAuthorizationInput = {
  mode: GoogleAuthorizationMode;
  /** Requested besides `openid` and `email`. Defaults to the scopes of the caller's present grant. */
  scopes?: readonly string[] | undefined;
  redirectUri?: string | undefined;
  returnTo?: string | undefined;
  /** Any JSON of the client, returned when an authorization succeeds. */
  resume?: unknown;
};

export type StartServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasRandom
  & HasGoogle
  & HasPublicUrl
  & HasAllowedOrigins
  & HasRefreshHorizon
  & HasLimits;

/**
 * Starts a flow that waits for consent at Google. Returns it with the URL of Google's consent page. The state can be
 * used once, within ten minutes, by the session or operator that started it; in the mode WEB only in this browser.
 *
 * `resume` is stored with the flow. Without one, the flow inherits the `resume` of the caller's last authorization,
 * unless that succeeded or was cancelled. The URL asks for consent unless every connected account can already be
 * refreshed with these scopes (R31).
 *
 * @throws GoogleNotConfigured, InvalidInput or RateLimited.
 * @throws Forbidden for guests, for operators without REVEAL, and for a browser whose page may not receive the
 * cookie.
 */
export async function startGoogleAuthorization(
  services: StartServices,
  caller: Caller,
  input: StartGoogleAuthorizationInput,
  browser: BrowserBinding,
): Promise<{ flow: GoogleAuthorizationFlow; authorizationUrl: string }> {
  const starter = requireStarter(caller);
  const isBound = input.mode === "WEB" && browser.isBrowser;
  if (isBound) browser.check();
  const connected = await googleCredentials(services, ownerOf(caller));
  const scopes = checkScopes(input.scopes ?? connected[0]?.scopes ?? []);
  const redirectUri = redirectUriOf(services, input);
  const returnTo = returnToOf(services, input);
  if (input.resume != null) checkResume(input.resume);
  await services.limits.charge(GOOGLE_LIMITS.googlePerUser, { key: starter.startedBy });

  const flowId = newId("flw");
  const state = newToken(STATE_PREFIX, services.random);
  const codeVerifier = toBase64Url(services.random(VERIFIER_BYTES));
  const authorizationUrl = await services.google.authorizationUrl({
    state: state.token,
    codeChallenge: toBase64Url(sha256(codeVerifier)),
    redirectUri,
    scopes,
    consent: needsConsent(connected, scopes),
  });
  const secret = isBound ? browserSecret(browser, services.random) : undefined;
  const sealed = await sealSecrets(services.keys, flowId, { codeVerifier, authorizationUrl, returnTo });
  const detail: GoogleAuthorizationDetail = { mode: input.mode, redirectUri, scopes };
  const flow = await inTransaction(services, async (tx) => {
    await lockStarter(tx.db, starter.startedBy);
    const flow = await createFlow(tx, originOf(caller), {
      kind: GOOGLE_AUTHORIZATION,
      id: flowId,
      userId: ownerOf(caller),
      status: "WAITING",
      lifetimeSeconds: STATE_SECONDS,
      detail,
      sealed,
      steps: [{ name: "authorization_started", message: "Waiting for consent at Google", data: { scopes } }],
    });
    await insertAuthorization(tx.db, {
      ...starter,
      flowId,
      stateHash: state.hash,
      browserHash: secret ? sha256(secret.reveal()) : null,
      expiresAt: flow.expiresAt,
      usedAt: null,
      resume: input.resume == null
        ? await findLastResume(tx, starter.startedBy)
        : await sealResume(tx.keys, starter.startedBy, input.resume),
    });
    return flow;
  });
  if (secret) browser.set(secret, flow.expiresAt);
  return { flow: asGoogleAuthorization(flow), authorizationUrl };
}

/** R25, R29: the mode WEB redirects to this server only, the mode CLI to the caller's machine. */
function redirectUriOf(
  { publicUrl }: HasPublicUrl,
  { mode, redirectUri }: StartGoogleAuthorizationInput,
): string {
  if (mode === "CLI") return checkLoopback(redirectUri);
  const own = `${publicUrl()}${CALLBACK_PATH}`;
  if (redirectUri === undefined || redirectUri === own) return own;
  throw new InvalidInput(`Cannot connect Google: in the mode WEB redirectUri is ${own}, or left out`);
}

function returnToOf(
  { publicUrl, allowedOrigins }: HasPublicUrl & HasAllowedOrigins,
  { mode, returnTo }: StartGoogleAuthorizationInput,
): string | null {
  if (returnTo === undefined) return null;
  if (mode === "CLI") throw new InvalidInput("Cannot connect Google: returnTo is for the mode WEB");
  return checkReturnTo(returnTo, publicUrl(), allowedOrigins);
}

/** Returns the secret that the browser already has, so that flows in other tabs stay valid, or a new one. */
function browserSecret({ value }: BrowserBinding, random: HasRandom["random"]): Secret {
  if (value && tokenHash(BROWSER_PREFIX, value.reveal())) return value;
  return new Secret(newToken(BROWSER_PREFIX, random).token);
}

/** Statuses in which `resume` has not been returned to the client yet. */
const UNRETURNED: readonly FlowStatus[] = ["WAITING", "FAILED", "EXPIRED"];

/**
 * Returns the sealed `resume` of the caller's last authorization. While that one is open, both keep it, because the
 * user may go back and finish either. The first that succeeds returns it; `store` clears the other.
 */
async function findLastResume(tx: Tx<StartServices>, startedBy: string): Promise<string | null> {
  const last = await findNewest(tx.db, startedBy);
  if (!last?.resume) return null;
  const flow = await findFlow(tx.db, last.flowId);
  return flow && UNRETURNED.includes(flow.status) ? last.resume : null;
}
