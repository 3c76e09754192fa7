import type { Caller } from "../operations/caller.ts";
import { InvalidInput, Unauthenticated } from "../lib/errors.ts";
import { authenticateOperator, OPERATOR_TOKEN_PREFIX } from "../operations/operators/operators.ts";
import { authenticateApiKey } from "../operations/api_keys/authenticate_api_key.ts";
import { API_KEY_PREFIX } from "../operations/api_keys/api_keys.ts";
import type { HasAllowances } from "../operations/limits/allowances.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import {
  authenticateSession,
  type SessionChecks,
  TokenExpired,
} from "../accounts/sessions/authenticate_session.ts";
import { MalformedAuthorization, readAuthorization } from "./authorization.ts";
import type { RequestFacts } from "./graphql/graphql.ts";

type IdentifyServices = HasDatabase & HasClock & HasMetrics & HasAllowances & SessionChecks;

/**
 * Identifies the caller by the bearer token (operator token, API key or access token) or the session cookie. An invalid token
 * makes the caller anonymous, with `tokenRefused`. So do a malformed header and two different credentials;
 * `because` then holds the reason.
 *
 * @throws Unavailable if the database is needed and cannot be reached
 * @throws RateLimited if an API key is used too often
 */
export async function identifyCaller(services: IdentifyServices, facts: RequestFacts): Promise<Caller> {
  const { requestId, ipAddress, userAgent, device } = facts;
  const from = { requestId, ipAddress, userAgent, device };
  const authorization = readAuthorization(facts.authorization);
  const unreadable = () => ({ kind: "nobody", because: new MalformedAuthorization(), ...from }) as const;
  if (authorization.kind === "malformed") return unreadable();
  const token = authorization.kind === "bearer" ? authorization.token : undefined;
  const byToken = token === undefined
    ? undefined
    : await authenticated(services, from, () => byBearer(services, token, from));
  const { sessionCookie } = facts;
  const cookieHolder = sessionCookie === null ? undefined : await authenticated(services, from, async () => ({
    ...await authenticateSession(services, "cookie", sessionCookie),
    ...from,
  }));
  // A valid cookie does not replace an invalid token: the client meant to use the token's identity.
  if (byToken?.kind === "nobody") return byToken;
  const byCookie = cookieHolder?.kind === "user" ? cookieHolder : undefined;
  if (byToken && byCookie && !isSamePerson(byToken, byCookie)) {
    return { kind: "nobody", because: twoCallers(), ...from };
  }
  if (byToken?.kind === "user" && byCookie && byToken.sessionId !== byCookie.sessionId) {
    return { ...byToken, cookieSessionId: byCookie.sessionId };
  }
  const caller = byToken ?? byCookie;
  if (caller) return caller;
  return authorization.kind === "other" ? unreadable() : { kind: "nobody", ...from };
}

type From = Pick<Caller, "requestId" | "ipAddress" | "userAgent" | "device">;

async function byBearer(services: IdentifyServices, token: string, from: From): Promise<Caller> {
  if (token.startsWith(`${API_KEY_PREFIX}_`)) {
    const { id, scopes, expiresAt } = await authenticateApiKey(services, token);
    return { kind: "apiKey", apiKeyId: id, scopes, expiresAt, ...from };
  }
  if (!token.startsWith(`${OPERATOR_TOKEN_PREFIX}_`)) {
    return { ...await authenticateSession(services, "access", token), ...from };
  }
  const { id, name, role, expiresAt } = await authenticateOperator(services, token);
  return { kind: "operator", operatorId: id, name, role, expiresAt, ...from };
}

/** Returns the caller, who is anonymous if the token is invalid. Counts both. */
async function authenticated(
  services: IdentifyServices,
  from: From,
  authenticate: () => Promise<Caller>,
): Promise<Caller> {
  try {
    const caller = await authenticate();
    services.count("tokenValidations");
    return caller;
  } catch (error) {
    if (!(error instanceof Unauthenticated)) throw error;
    services.count("tokenValidationFailures");
    const expiredGuest = error instanceof TokenExpired ? error.guest(services) : undefined;
    return { kind: "nobody", tokenRefused: true, ...(expiredGuest && { expiredGuest }), ...from };
  }
}

function isSamePerson(one: Caller, other: Caller): boolean {
  return one.kind === "user" && other.kind === "user" && one.userId === other.userId;
}

function twoCallers(): InvalidInput {
  return new InvalidInput(
    "Cannot identify the caller: the token and the session cookie belong to different users",
    "Send only one of them",
  );
}
