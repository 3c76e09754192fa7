import type { BrowserBinding, ConsentReturn } from "../../../vault/browser_consent.ts";
import { getLogger } from "@logtape/logtape";
import { type Caller, hasRole, refusal } from "../../../operations/caller.ts";
import { equalBytes, sha256 } from "../../../lib/crypto.ts";
import { AuthError, InvalidInput, Unauthenticated, Unavailable } from "../../../lib/errors.ts";
import type { Origin } from "../../../events/events.ts";
import { failure } from "../../../flows/failure.ts";
import { changeFlow, FlowEnded, hasEnded, lockFlow } from "../../../flows/flows.ts";
import { givenText } from "../../../lib/given_text.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import type { HasLimits } from "../../../operations/limits/limits.ts";
import type { HasGoogle } from "../api/google_api.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasPublicUrl } from "../../../lib/public_url.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { type Authorization, type GoogleAuthorizationFlow, starterOf } from "./authorization.ts";
import { CONSENT_AGAIN, refusalAtGoogle } from "./authorization_refusals.ts";
import { exchange, type Grant, store } from "./exchange_code.ts";
import { connectUrl } from "../credential/google_connection.ts";
import { isGoogleIssuer } from "../api/google_endpoints.ts";
import { type Check, consumeState, findStarterSignIn, peekState, starterOrigin } from "./google_state.ts";
import { revokeUnstored } from "./withdraw_grant.ts";

const log = getLogger(["sallyport", "google"]);

export type CompleteServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasGoogle
  & HasLimits
  & HasPublicUrl
  & HasRefreshHorizon;

/** A finished authorization and the URL to redirect its browser to. */
export type Completed = { flow: GoogleAuthorizationFlow; returnTo: string | null };

/**
 * Finishes an authorization with the parameters of Google's redirect: consumes the state, exchanges the code, and
 * seals the tokens into the vault. The caller must be the session or operator that started it. If it was started in a
 * browser, it must finish in the same browser.
 *
 * Once the state is consumed, the flow ends: SUCCEEDED with its credential, or FAILED with the error that is thrown.
 * In the mode WEB that error has the URL to start again. Earlier errors leave the flow unchanged.
 *
 * @throws InvalidState, InvalidInput, Unauthenticated, Forbidden or RateLimited before the state is consumed.
 * @throws FlowEnded if the flow was cancelled.
 * @throws the errors of `exchange`, `store` and `refusalAtGoogle`.
 */
export function completeGoogleAuthorization(
  services: CompleteServices,
  caller: Caller,
  back: ConsentReturn,
  browser: Pick<BrowserBinding, "value">,
): Promise<Completed> {
  if (caller.kind !== "user" && !hasRole(caller, "REVEAL")) throw refusal(caller, "REVEAL");
  return complete(services, caller, back, (authorization) => {
    if (authorization.browserHash && !isBrowserOf(authorization, browser)) return "other_browser";
    const starter = starterOf(caller);
    const isStarter = starter?.startedBy === authorization.startedBy &&
      starter.sessionId === authorization.sessionId;
    return isStarter ? undefined : "other_session";
  });
}

/**
 * Does the same for a browser that Google redirects to us. It sends only its cookies, and the authorization's cookie
 * proves that it started the flow. If the session uses a cookie, the browser must send it too. A session with tokens,
 * which a redirect cannot send, must still be active.
 */
export function completeInBrowser(
  services: CompleteServices,
  caller: Caller,
  back: ConsentReturn,
  browser: Pick<BrowserBinding, "value">,
): Promise<Completed> {
  return complete(services, caller, back, async (authorization) => {
    if (!isBrowserOf(authorization, browser)) return "other_browser";
    const signedIn = await findStarterSignIn(services, authorization);
    if (!signedIn) return "session_ended";
    const sentSession = caller.kind === "user" ? caller.sessionId : undefined;
    return signedIn.transport === "COOKIE" && sentSession !== authorization.sessionId
      ? "other_session"
      : undefined;
  });
}

function isBrowserOf({ browserHash }: Authorization, { value }: Pick<BrowserBinding, "value">): boolean {
  return browserHash !== null && value !== null && equalBytes(browserHash, sha256(value.reveal()));
}

async function complete(
  services: CompleteServices,
  caller: Caller,
  back: ConsentReturn,
  check: Check,
): Promise<Completed> {
  const code = givenText(back.code);
  const error = givenText(back.error);
  const iss = givenText(back.iss);
  const peeked = await peekState(
    services,
    caller,
    givenText(back.state),
    (authorization) => iss === undefined || isGoogleIssuer(iss) ? check(authorization) : "other_issuer",
  );
  if (code === undefined && error === undefined) {
    throw new InvalidInput("Cannot finish the Google authorization: Google's code is missing");
  }
  const { authorization } = peeked;
  const { flow, secrets } = await consumeState(services, caller, peeked);
  const origin = starterOrigin(caller, authorization);
  try {
    if (error !== undefined) throw refusalAtGoogle(error);
    const grant = await exchange(services, flow, secrets, new Secret(code ?? ""));
    return {
      flow: await storeOrRevoke(services, origin, authorization, flow, grant),
      returnTo: secrets.returnTo,
    };
  } catch (refusal) {
    await fail(services, origin, flow, refusal);
    if (refusal instanceof AuthError && flow.detail.mode === "WEB") {
      const { scopes } = flow.detail;
      refusal.remedy.authorizationUrl = connectUrl(services, { scopes, returnTo: secrets.returnTo });
    }
    throw refusal;
  }
}

/** Stores the grant. Revokes it at Google if the flow has ended or the user or operator is no longer signed in. */
async function storeOrRevoke(
  services: CompleteServices,
  origin: Origin,
  authorization: Authorization,
  flow: GoogleAuthorizationFlow,
  grant: Grant,
): Promise<GoogleAuthorizationFlow> {
  try {
    return await store(services, origin, authorization, flow, grant);
  } catch (error) {
    if (error instanceof FlowEnded || error instanceof Unauthenticated) await revokeUnstored(services, grant);
    throw error;
  }
}

/** Ends the flow with the error. If the database is unavailable, the flow's expiry ends it: see `changeOnExpiry`. */
async function fail(
  services: CompleteServices,
  origin: Origin,
  { id }: GoogleAuthorizationFlow,
  error: unknown,
): Promise<void> {
  const reported = error instanceof AuthError
    ? error
    : new Unavailable("Cannot finish the Google authorization: the server failed");
  const advice = reported.code === "AUTHORIZATION_DENIED" ? undefined : CONSENT_AGAIN;
  try {
    await inTransaction(services, async (tx) => {
      const flow = await lockFlow(tx.db, id);
      if (flow && !hasEnded(flow)) await changeFlow(tx, origin, flow, failure(reported, advice));
    });
  } catch (cause) {
    log.warn("Could not end a Google authorization; its expiry ends it: {cause}", { cause });
  }
}
