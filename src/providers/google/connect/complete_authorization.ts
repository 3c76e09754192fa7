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
import { type Check, consumeState, originOfReturn, peekState, signInOfStarter } from "./google_state.ts";
import { withdraw } from "./withdraw_grant.ts";

const log = getLogger(["sallyport", "google"]);

export type CompleteServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasGoogle
  & HasLimits
  & HasPublicUrl
  & HasRefreshHorizon;

/** A finished authorization, and where its browser goes. */
export type Completed = { flow: GoogleAuthorizationFlow; returnTo: string | null };

/**
 * Finishes an authorization with what Google sent the browser back with: spends the state, then the code, and seals
 * what Google grants into the vault. The caller must be the session or operator that started it, in the browser that
 * it was started in, if it was in one. True afterwards: the flow has SUCCEEDED with its credential, or FAILED with
 * the reason, which is thrown too, in the mode WEB with the page to begin the same anew; or nothing has changed
 * (`InvalidState`, `InvalidInput`, `Unauthenticated`, `RateLimited`).
 */
export function completeGoogleAuthorization(
  services: CompleteServices,
  caller: Caller,
  back: ConsentReturn,
  browser: Pick<BrowserBinding, "value">,
): Promise<Completed> {
  if (caller.kind !== "user" && !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  return complete(services, caller, back, (authorization) => {
    if (authorization.browserHash && !isBrowserOf(authorization, browser)) return "other_browser";
    const starter = starterOf(caller);
    const isStarter = starter?.startedBy === authorization.startedBy &&
      starter.sessionId === authorization.sessionId;
    return isStarter ? undefined : "other_session";
  });
}

/**
 * The same for a browser that Google has sent back to us: it comes with its cookies and nothing else, and shows by the
 * one of the authorization that it is the browser that started it. A session in a cookie must come along; one with
 * tokens, which no redirect brings, must go on.
 */
export function completeInBrowser(
  services: CompleteServices,
  caller: Caller,
  back: ConsentReturn,
  browser: Pick<BrowserBinding, "value">,
): Promise<Completed> {
  return complete(services, caller, back, async (authorization) => {
    if (!isBrowserOf(authorization, browser)) return "other_browser";
    const signedIn = await signInOfStarter(services, authorization);
    if (!signedIn) return "session_ended";
    const came = caller.kind === "user" ? caller.sessionId : undefined;
    return signedIn.transport === "COOKIE" && came !== authorization.sessionId ? "other_session" : undefined;
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
  const passed = await peekState(
    services,
    caller,
    givenText(back.state),
    (authorization) => iss === undefined || isGoogleIssuer(iss) ? check(authorization) : "other_issuer",
  );
  if (code === undefined && error === undefined) {
    throw new InvalidInput("Cannot finish the Google authorization: Google's code is missing");
  }
  const { authorization } = passed;
  const { flow, secrets } = await consumeState(services, caller, passed);
  const origin = originOfReturn(caller, authorization);
  try {
    if (error !== undefined) throw refusalAtGoogle(error);
    const grant = await exchange(services, flow, secrets, new Secret(code ?? ""));
    return {
      flow: await storeOrWithdraw(services, origin, authorization, flow, grant),
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

/** What somebody has ended meanwhile, or who started it may not have any more, is withdrawn at Google. */
async function storeOrWithdraw(
  services: CompleteServices,
  origin: Origin,
  authorization: Authorization,
  flow: GoogleAuthorizationFlow,
  grant: Grant,
): Promise<GoogleAuthorizationFlow> {
  try {
    return await store(services, origin, authorization, flow, grant);
  } catch (error) {
    if (error instanceof FlowEnded || error instanceof Unauthenticated) await withdraw(services, grant);
    throw error;
  }
}

/** Ends the flow with the reason. Where the database is away, the flow's time ends it: see `endOfAuthorization`. */
async function fail(
  services: CompleteServices,
  origin: Origin,
  { id }: GoogleAuthorizationFlow,
  error: unknown,
): Promise<void> {
  const told = error instanceof AuthError
    ? error
    : new Unavailable("Cannot finish the Google authorization: the server failed");
  const advice = told.code === "AUTHORIZATION_DENIED" ? undefined : CONSENT_AGAIN;
  try {
    await inTransaction(services, async (tx) => {
      const flow = await lockFlow(tx.db, id);
      if (flow && !hasEnded(flow)) await changeFlow(tx, origin, flow, failure(told, advice));
    });
  } catch (cause) {
    log.warn("A Google authorization could not be ended; its time will end it: {cause}", { cause });
  }
}
