import type { Caller } from "../operations/caller.ts";
import { InvalidInput, Unauthenticated } from "../lib/errors.ts";
import { authenticateOperator, OPERATOR_TOKEN_PREFIX } from "../operations/operators/operators.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import { authenticateSession, type SessionChecks } from "../accounts/sessions/authenticate_session.ts";
import { MalformedAuthorization, readAuthorization } from "./authorization.ts";
import type { RequestFacts } from "./graphql/graphql.ts";

type IdentifyServices = HasDatabase & HasClock & HasMetrics & SessionChecks;

/**
 * Who makes this request: by the bearer token (an operator's, or an access token), or by the session cookie. A token
 * that is not good (any more) makes the caller nobody: every field then answers in its own form. So does a header that
 * cannot be read, and a request that comes with two callers at once, and says why. Throws `Unavailable` when the database must be asked and cannot.
 */
export async function identifyCaller(services: IdentifyServices, facts: RequestFacts): Promise<Caller> {
  const { ipAddress, userAgent, device } = facts;
  const from = { ipAddress, userAgent, device };
  const authorization = readAuthorization(facts.authorization);
  const unreadable = () => ({ kind: "nobody", because: new MalformedAuthorization(), ...from }) as const;
  if (authorization.kind === "malformed") return unreadable();
  const token = authorization.kind === "bearer" ? authorization.token : undefined;
  const byToken = token === undefined
    ? undefined
    : await authenticated(services, () => byBearer(services, token, from));
  const { sessionCookie } = facts;
  const byCookie = sessionCookie === null ? undefined : await authenticated(services, async () => ({
    ...await authenticateSession(services, "cookie", sessionCookie),
    ...from,
  }));
  if (byToken && byCookie && !isSamePerson(byToken, byCookie)) {
    return { kind: "nobody", because: twoCallers(), ...from };
  }
  if (byToken?.kind === "user" && byCookie?.kind === "user" && byToken.sessionId !== byCookie.sessionId) {
    return { ...byToken, cookieSessionId: byCookie.sessionId };
  }
  // A token that is not good is not made up for by a cookie: whoever sent it meant to be somebody else.
  const caller = token === undefined ? byCookie : byToken;
  if (caller) return caller;
  return authorization.kind === "other" ? unreadable() : { kind: "nobody", ...from };
}

type From = Pick<Caller, "ipAddress" | "userAgent" | "device">;

async function byBearer(services: IdentifyServices, token: string, from: From): Promise<Caller> {
  if (!token.startsWith(`${OPERATOR_TOKEN_PREFIX}_`)) {
    return { ...await authenticateSession(services, "access", token), ...from };
  }
  const { id, name, role, expiresAt } = await authenticateOperator(services, token);
  return { kind: "operator", operatorId: id, name, role, expiresAt, ...from };
}

/** The caller, or undefined when the token does not pass; counted either way. */
async function authenticated(
  services: IdentifyServices,
  authenticate: () => Promise<Caller>,
): Promise<Caller | undefined> {
  try {
    const caller = await authenticate();
    services.count("tokenValidations");
    return caller;
  } catch (error) {
    if (!(error instanceof Unauthenticated)) throw error;
    services.count("tokenValidationFailures");
    return undefined;
  }
}

function isSamePerson(one: Caller, other: Caller): boolean {
  return one.kind === "user" && other.kind === "user" && one.userId === other.userId;
}

function twoCallers(): InvalidInput {
  return new InvalidInput(
    "Cannot tell who asks: the token and the session cookie are two different callers'",
    "Send one of them",
  );
}
