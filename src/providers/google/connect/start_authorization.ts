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

/** RFC 6749 §4.1.2: so long a code lives at most; a state that brings one need not live longer. */
const STATE_SECONDS = 10 * 60;

/** Begins what the browser's cookie holds. */
const BROWSER_PREFIX = "spb";

/** Of a PKCE verifier: RFC 7636 §4.1 advises 32. */
const VERIFIER_BYTES = 32;

export const CALLBACK_PATH = consentPaths(GOOGLE_SLUG).callback;

export type StartGoogleAuthorizationInput = {
  mode: GoogleAuthorizationMode;
  /** Besides `openid` and `email`; when left out, those that the caller's present grant has. */
  scopes?: readonly string[] | undefined;
  redirectUri?: string | undefined;
  returnTo?: string | undefined;
  /** What the caller was doing. */
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
 * Makes a flow that waits for somebody to consent at Google, and the URL to send them to. Its state is good once, for
 * ten minutes, for the session or operator that started it, and in the mode WEB in this browser alone. What the
 * caller was doing is kept: `resume`, or else that of their last authorization, unless it succeeded or was cancelled.
 * Consent is asked for unless every account can be refreshed with these scopes already (R31). Throws
 * `GoogleNotConfigured`, `InvalidInput`, `RateLimited`, and `Forbidden` for guests, for operators without OPERATE and
 * for a browser whose page may not be given the cookie.
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
  const held = isBound ? secretOf(browser, services.random) : undefined;
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
      browserHash: held ? sha256(held.reveal()) : null,
      expiresAt: flow.expiresAt,
      usedAt: null,
      resume: input.resume == null
        ? await resumeOfLast(tx, starter.startedBy)
        : await sealResume(tx.keys, starter.startedBy, input.resume),
    });
    return flow;
  });
  if (held) browser.set(held, flow.expiresAt);
  return { flow: asGoogleAuthorization(flow), authorizationUrl };
}

/** R25, R29: in the mode WEB the browser comes back to us and nowhere else, in the mode CLI to the caller's machine. */
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

/** What the browser holds already, so that a flow in another tab goes on too, or something new. */
function secretOf({ value }: BrowserBinding, random: HasRandom["random"]): Secret {
  if (value && tokenHash(BROWSER_PREFIX, value.reveal())) return value;
  return new Secret(newToken(BROWSER_PREFIX, random).token);
}

/** It has not been given back yet: these came to nothing, or nothing has come of them so far. */
const STILL_KEPT: readonly FlowStatus[] = ["WAITING", "FAILED", "EXPIRED"];

/**
 * What is kept with the caller's last authorization, sealed. While that is open both keep it, for who goes back and
 * presses again may finish either; `store` gives it back with the first that succeeds.
 */
async function resumeOfLast(tx: Tx<StartServices>, startedBy: string): Promise<string | null> {
  const last = await findNewest(tx.db, startedBy);
  if (!last?.resume) return null;
  const flow = await findFlow(tx.db, last.flowId);
  return flow && STILL_KEPT.includes(flow.status) ? last.resume : null;
}
