import { getLogger } from "@logtape/logtape";
import { type Caller, hasRole, originOf, refusal } from "../caller.ts";
import { equalBytes, sha256, tokenHash } from "../crypto.ts";
import { whileDatabaseIsAway } from "../db/retry.ts";
import { deadline } from "../deadline.ts";
import { AuthError, InvalidInput, Unavailable } from "../errors.ts";
import { logEvent, type Origin } from "../events/events.ts";
import { failure } from "../flows/failure.ts";
import {
  changeFlow,
  expiry,
  type Flow,
  type FlowChange,
  FlowEnded,
  hasEnded,
  lockFlow,
} from "../flows/flows.ts";
import { operatorHolds } from "../operators/operators.ts";
import { Secret } from "../secret.ts";
import { inTransaction, type Services } from "../services.ts";
import { findSessions } from "../sessions/sessions.ts";
import {
  asGoogleAuthorization,
  type Authorization,
  type AuthorizationSecrets,
  type BrowserBinding,
  type GoogleAuthorizationFlow,
  openSecrets,
  starterOf,
} from "./authorization.ts";
import {
  CONSENT_AGAIN,
  GrantLost,
  InvalidState,
  refusalAtGoogle,
  type StateRejection,
} from "./authorization_refusals.ts";
import { type GoogleTokens, GoogleUnreachable } from "./google_api.ts";
import { findByState, spendState } from "./google_authorization_store.ts";
import { storeGoogleGrant } from "./google_credential.ts";
import { STATE_PREFIX } from "./start_authorization.ts";

const log = getLogger(["sallyport", "google"]);

/** What Google sends a browser back with. */
export type GoogleReturn = { state: string | null; code: string | null; error: string | null };

type CompleteServices = Pick<
  Services,
  "db" | "now" | "wakeLog" | "keys" | "google" | "limits"
>;

/** A finished authorization, and where its browser goes. */
export type Completed = { flow: GoogleAuthorizationFlow; returnTo: string | null };

/**
 * Finishes an authorization with what Google sent the browser back with: spends the state, then the code, and seals what
 * Google grants into the vault. The caller must be the session or operator that started it, in the browser that it was
 * started in, if it was in one. True afterwards: the flow has SUCCEEDED with its credential, or FAILED with the reason,
 * which is thrown too; or nothing has changed (`InvalidState`, `InvalidInput`, `Unauthenticated`, `RateLimited`).
 */
export function completeGoogleAuthorization(
  services: CompleteServices,
  caller: Caller,
  back: GoogleReturn,
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
  back: GoogleReturn,
  browser: Pick<BrowserBinding, "value">,
): Promise<Completed> {
  return complete(services, caller, back, async (authorization) => {
    if (!isBrowserOf(authorization, browser)) return "other_browser";
    const { startedBy, sessionId } = authorization;
    if (sessionId === null) {
      return await operatorHolds(services, startedBy) ? undefined : "session_ended";
    }
    const session = (await findSessions(services.db, [sessionId])).get(sessionId);
    if (!session || session.endedAt || session.expiresAt <= services.now()) return "session_ended";
    const came = caller.kind === "user" ? caller.sessionId : undefined;
    return session.transport === "COOKIE" && came !== sessionId ? "other_session" : undefined;
  });
}

function isBrowserOf({ browserHash }: Authorization, { value }: Pick<BrowserBinding, "value">): boolean {
  return browserHash !== null && value !== null && equalBytes(browserHash, sha256(value.reveal()));
}

/** Says why this caller may not finish the authorization. */
type Check = (
  authorization: Authorization,
) => StateRejection | undefined | Promise<StateRejection | undefined>;

async function complete(
  services: CompleteServices,
  caller: Caller,
  back: GoogleReturn,
  check: Check,
): Promise<Completed> {
  await services.limits.check("statePerAddress", caller);
  const stateHash = tokenHash(STATE_PREFIX, back.state ?? "");
  const authorization = stateHash && await findByState(services.db, stateHash);
  const rejection = authorization
    ? timeRejection(authorization, services.now()) ?? await check(authorization)
    : back.state
    ? "unknown"
    : "missing";
  if (rejection || !stateHash || !authorization) {
    return await reject(services, caller, authorization, rejection ?? "unknown");
  }
  if (back.code === null && back.error === null) {
    throw new InvalidInput("Cannot finish the Google authorization: Google's code is missing");
  }
  const origin = originOf(caller);
  const claimed = await claim(services, origin, authorization, stateHash);
  if (!claimed) return await reject(services, caller, authorization, "used");
  const { flow, secrets } = claimed;
  try {
    if (back.error !== null) throw refusalAtGoogle(back.error);
    const grant = await exchange(services, flow, secrets, new Secret(back.code ?? ""));
    return { flow: await store(services, origin, flow, grant), returnTo: secrets.returnTo };
  } catch (error) {
    await fail(services, origin, flow, error);
    throw error;
  }
}

function timeRejection({ usedAt, expiresAt }: Authorization, now: Date): StateRejection | undefined {
  if (usedAt) return "used";
  return expiresAt <= now ? "expired" : undefined;
}

/** Charges the address, records why, and tells the caller nothing of it. */
async function reject(
  services: CompleteServices,
  caller: Caller,
  authorization: Authorization | undefined,
  reason: StateRejection,
): Promise<never> {
  await services.limits.charge("statePerAddress", caller);
  const { flowId = null, startedBy = "", sessionId = null } = authorization ?? {};
  const subjects = { flowId, sessionId, userId: sessionId === null ? null : startedBy };
  await logEvent(services, "google.state_rejected", originOf(caller), subjects, { reason });
  throw new InvalidState(reason);
}

/** Google's answer and ours are waited for a good deal shorter: who has not finished by then has died. */
const EXCHANGE_SECONDS = 60;

/** Spends the state. From here on the flow ends soon: see `endOfAuthorization`. */
async function claim(
  services: CompleteServices,
  origin: Origin,
  { flowId }: Authorization,
  stateHash: Uint8Array,
): Promise<{ flow: GoogleAuthorizationFlow; secrets: AuthorizationSecrets } | undefined> {
  return await inTransaction(services, async (tx) => {
    if (!await spendState(tx.db, stateHash, tx.now())) return undefined;
    const flow = await lockFlow(tx.db, flowId);
    const secrets = flow && await openSecrets(tx.keys, flow);
    if (!flow || !secrets) throw new FlowEnded(flow?.status ?? "EXPIRED");
    const changed = await changeFlow(tx, origin, flow, {
      expiresAt: new Date(tx.now().getTime() + EXCHANGE_SECONDS * 1000),
      steps: [{ name: CODE_RECEIVED, message: "Google sent the browser back", data: {} }],
    });
    return { flow: asGoogleAuthorization(changed), secrets };
  });
}

const CODE_RECEIVED = "code_received";

/** How a flow ends whose time is over: when its state was spent, whoever spent it has died with Google's answer. */
export function endOfAuthorization(flow: Pick<Flow, "steps">): FlowChange {
  return flow.steps.some(({ name }) => name === CODE_RECEIVED) ? failure(new GrantLost()) : expiry();
}

type Grant = { tokens: GoogleTokens; account: { subject: string; email: string | null } };

async function exchange(
  { google }: CompleteServices,
  { detail: { redirectUri } }: GoogleAuthorizationFlow,
  { codeVerifier }: AuthorizationSecrets,
  code: Secret,
): Promise<Grant> {
  const tokens = await google.exchangeCode({ code, codeVerifier: new Secret(codeVerifier), redirectUri });
  if (!tokens.idToken) {
    throw new GoogleUnreachable("finish the Google authorization", "Google does not say whose account it is");
  }
  const { subject, email = null } = await google.verifyIdToken(tokens.idToken.reveal());
  return { tokens, account: { subject, email } };
}

/** How long a grant is held while our database is away. Google would not give it twice. */
const STORE_SECONDS = 20;

/** Throws `GrantLost` when the database stays away. */
async function store(
  services: CompleteServices,
  origin: Origin,
  { id, detail }: GoogleAuthorizationFlow,
  { tokens, account }: Grant,
): Promise<GoogleAuthorizationFlow> {
  using limit = deadline(STORE_SECONDS, new AbortController().signal);
  const flow = await whileDatabaseIsAway(limit.signal, () =>
    inTransaction(services, async (tx) => {
      const flow = await lockFlow(tx.db, id);
      // Stored by the try before, whose answer was lost.
      if (flow?.status === "SUCCEEDED") return flow;
      if (!flow || hasEnded(flow)) throw new FlowEnded(flow?.status ?? "CANCELLED");
      const ownerId = flow.userId;
      const credential = await storeGoogleGrant(tx, origin, {
        ownerId,
        account,
        tokens,
        scopes: detail.scopes,
      });
      return await changeFlow(tx, origin, flow, {
        status: "SUCCEEDED",
        credentialId: credential.id,
        steps: [tokensReceived(tokens, detail.scopes), {
          name: "stored",
          message: `Sealed into the vault for ${credential.label}`,
          data: { credentialId: credential.id },
        }],
      });
    }));
  if (!flow) throw new GrantLost();
  return asGoogleAuthorization(flow);
}

/** What came, and what did not. */
function tokensReceived({ refreshToken, scopes = [] }: GoogleTokens, asked: readonly string[]) {
  const missing = scopes.length > 0 ? asked.filter((scope) => !granted(scope, scopes)) : [];
  const without = [
    ...(missing.length > 0 ? [`without ${missing.length} of the scopes asked for`] : []),
    ...(refreshToken ? [] : ["without a refresh token"]),
  ];
  return {
    name: "tokens_received",
    message: ["Google granted access", ...without].join(", "),
    data: { scopes, missing, refreshToken: refreshToken !== undefined },
  };
}

/** Google calls `email` by another name when it grants it. */
function granted(scope: string, scopes: readonly string[]): boolean {
  return scopes.includes(scope) || scopes.includes(`https://www.googleapis.com/auth/userinfo.${scope}`);
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
