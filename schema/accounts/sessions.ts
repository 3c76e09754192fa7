import { countSessions, pageOfSessions } from "../../src/accounts/sessions/search_sessions.ts";
import { checkSearch } from "../lib/search.ts";
import { originOf, personOf } from "../../src/operations/caller.ts";
import { AccountDisabled, Unauthenticated } from "../../src/lib/errors.ts";
import { amrOf, assuranceOf } from "../../src/operations/assurance.ts";
import { amrOfMethod, ANY_METHODS, isForGuests } from "../../src/sign_in/methods.ts";
import { isId } from "../../src/lib/ids.ts";
import type { SignedIn, SignInOutcome, TokenPair } from "../../src/accounts/sessions/issue_session.ts";
import {
  refreshSession,
  RefreshTokenReused,
  SessionEnded,
} from "../../src/accounts/sessions/refresh_session.ts";
import {
  liveSessionsOf,
  revokeOtherSessions,
  revokeSession,
  type Session,
  signOut,
} from "../../src/accounts/sessions/sessions.ts";
import type { User } from "../../src/accounts/users/users.ts";
import { builder } from "../lib/builder.ts";
import { connectionById } from "../lib/connections.ts";
import type { Context } from "../lib/context.ts";
import { DoneResult } from "../lib/done.ts";
import { READS_USERS } from "../lib/machine_scopes.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { NodeInterface } from "../lib/node.ts";
import { AssuranceEnum, SecondFactorRejectedType, SecondFactorRequiredType } from "./second_factor.ts";
import { AuthMethodEnum, UserType } from "./users.ts";

export const SessionTransportEnum = builder.enumType("SessionTransport", {
  description: "How a client stores its session.",
  values: {
    TOKENS: { description: "The response contains an access token and a rotating refresh token." },
    COOKIE: { description: "The response sets an HttpOnly cookie and contains no token." },
  } as const,
});

/** A session; `isNew` is set when this request created it. */
type ShownSession = Session & { isNew?: boolean };

/** Has no `isTypeOf`: every field that returns one shows only the caller's own, or requires an operator. */
export const SessionType = builder.objectRef<ShownSession>("Session").implement({
  description: "A session: one device or browser that is signed in.",
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.exposeID("id"),
    user: t.field({ type: UserType, resolve: ({ userId }, _args, context) => loadUser(context, userId) }),
    method: t.expose("method", { type: AuthMethodEnum }),
    transport: t.expose("transport", { type: SessionTransportEnum }),
    current: t.boolean({
      description: "True for the session of this request, or the one that this request created.",
      resolve: ({ id, isNew }, _args, { caller }) =>
        isNew === true || (caller.kind === "user" && caller.sessionId === id),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastSeenAt: t.expose("lastSeenAt", {
      type: "DateTime",
      description: "Updated once a minute while the session is in use.",
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      description: "When the session ends if it is not used before then.",
    }),
    ipAddress: t.exposeString("ipAddress", { nullable: true, description: "The client address at sign-in." }),
    userAgent: t.exposeString("userAgent", { nullable: true }),
    assurance: t.field({
      type: AssuranceEnum,
      description: "How strongly the session has proven who the user is.",
      resolve: ({ factors }) => assuranceOf(factors),
    }),
    amr: t.stringList({
      description:
        "How the user proved who they are: the claim `amr` (RFC 8176). Empty if the RFC has no value for the method.",
      resolve: ({ method, factors }) => amrOf(amrOfMethod(method), factors),
    }),
    authenticatedAt: t.expose("authenticatedAt", {
      type: "DateTime",
      description: "When the user signed in, or last proved a factor in this session: the claim `auth_time`.",
    }),
  }),
});

/** Loads the session's user. Throws `Unauthenticated` if the user was deleted a moment ago. */
async function loadUser({ services }: Context, id: string): Promise<User> {
  const user = await services.load.user.load(id);
  if (!user) throw new Unauthenticated();
  return user;
}

const TokenPairType = builder.objectRef<TokenPair>("TokenPair").implement({
  description: "The tokens of a session with the transport TOKENS. The server cannot return them again.",
  fields: (t) => ({
    tokenType: t.string({ resolve: () => "Bearer" }),
    accessToken: t.string({
      description:
        "A JWT (RFC 9068) to send as `Authorization: Bearer …`. `/.well-known/jwks.json` publishes the public keys.",
      resolve: ({ accessToken }) => accessToken.reveal(),
    }),
    accessTokenExpiresAt: t.expose("accessTokenExpiresAt", { type: "DateTime" }),
    refreshToken: t.string({
      description: "Use it once, with `refreshSession`.",
      resolve: ({ refreshToken }) => refreshToken.reveal(),
    }),
    refreshTokenExpiresAt: t.expose("refreshTokenExpiresAt", { type: "DateTime" }),
  }),
});

export const SignedInType = builder.objectRef<SignedIn>("SignedIn").implement({
  description: "The sign-in succeeded.",
  fields: (t) => ({
    user: t.field({
      type: UserType,
      resolve: ({ user, session }, _args, context) => user ?? loadUser(context, session.userId),
    }),
    session: t.field({ type: SessionType, resolve: ({ session }) => ({ ...session, isNew: true }) }),
    tokens: t.field({
      type: TokenPairType,
      nullable: true,
      description: "Null when the transport is COOKIE.",
      resolve: ({ tokens }) => tokens,
    }),
  }),
});

/** The result of every mutation that signs a user in. */
export const SignInResult = builder.errorUnion("SignInResult", {
  types: [
    SignedInType,
    SecondFactorRequiredType,
    SecondFactorRejectedType,
    ...ANY_METHODS.flatMap(({ refusals }) => refusals),
    errorType(
      SessionEnded,
      "The refresh token is unknown, or its session has ended. Both cases return this error. Sign in again.",
    ),
    errorType(
      AccountDisabled,
      "The account is disabled. Returned only after the caller has proven that the account is theirs.",
    ),
    errorType(
      RefreshTokenReused,
      "The refresh token was used before and may be stolen. The server ended the session. Sign in again.",
    ),
    ...COMMON_ERRORS,
  ],
  resolveType: (outcome) => "challenge" in outcome ? "SecondFactorRequired" : "SignedIn",
});

/** Sets the session cookie, if there is a session with one, and marks the browser as known to the user. */
export function withCookie<Outcome extends SignInOutcome>({ cookies }: Context, signedIn: Outcome): Outcome {
  if ("challenge" in signedIn || !signedIn.cookie) return signedIn;
  const { userId, method, expiresAt } = signedIn.session;
  cookies.set(signedIn.cookie, expiresAt);
  if (!isForGuests(method)) cookies.rememberDevice(userId);
  return signedIn;
}

/** Marks the caller's browser as known again, after a change that forgot all of the user's devices. */
export function keepDevice({ caller, cookies }: Context): void {
  if (caller.kind === "user" && caller.transport === "COOKIE") cookies.rememberDevice(caller.userId);
}

const ProtectedDataType = builder.objectRef<{ message: string; user: string; accessTimestamp: Date }>(
  "ProtectedData",
)
  .implement({
    fields: (t) => ({
      message: t.exposeString("message"),
      user: t.exposeString("user"),
      accessTimestamp: t.expose("accessTimestamp", { type: "DateTime" }),
    }),
  });

builder.queryFields((t) => ({
  sessions: t.field({
    type: [SessionType],
    description: "The caller's active sessions, newest first.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) =>
      liveSessionsOf(services.db, personOf(caller).userId, services.now()),
  }),
  protectedData: t.field({
    type: ProtectedDataType,
    description:
      "A minimal example of a field that requires a session; guests have one too. Without a session, it fails with UNAUTHENTICATED.",
    authScopes: { person: true },
    resolve: async (_root, _args, context) => {
      const { id, username, email } = await loadUser(context, personOf(context.caller).userId);
      return {
        message: "Only signed-in users can read this",
        user: username ?? email ?? id,
        accessTimestamp: context.services.now(),
      };
    },
  }),
  userSessions: t.field({
    type: [SessionType],
    description:
      "A user's active sessions, newest first. Empty for an unknown user. Requires the role READ, or a key with `users:read`.",
    authScopes: READS_USERS,
    args: { userId: t.arg.id({ required: true }) },
    resolve: (_root, { userId }, { services }) =>
      isId("usr", userId) ? liveSessionsOf(services.db, userId, services.now()) : [],
  }),
  allSessions: t.connection(
    {
      type: SessionType,
      description: "The active sessions of all users, in order of creation. Requires the role READ.",
      authScopes: { operator: "READ" },
      args: {
        search: t.arg.string({
          description: "A client address, or finds users as the argument of `users` does.",
        }),
      },
      resolve: (_root, args, { services }) => {
        const search = checkSearch(args.search);
        return connectionById(
          args,
          "ses",
          (page) => pageOfSessions(services.db, page, services.now(), search),
          () => countSessions(services.db, services.now(), search),
        );
      },
    },
    { name: "SessionConnection" },
    { name: "SessionEdge" },
  ),
}));

const RefreshSessionInput = builder.inputType("RefreshSessionInput", {
  fields: (t) => ({ refreshToken: t.string({ required: true }) }),
});

builder.mutationFields((t) => ({
  refreshSession: t.field({
    type: SignInResult,
    description:
      "Exchanges a refresh token for new tokens. A refresh token is valid once. Sent again within 10 seconds it returns the same new refresh token, so a client can retry; sent later it ends the session with REFRESH_TOKEN_REUSED. SESSION_ENDED: the token is unknown or its session has ended.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: RefreshSessionInput, required: true }) },
    resolve: (_root, { input }, { caller, services }) =>
      refreshSession(services, originOf(caller), input.refreshToken),
  }),
  signOut: t.field({
    type: DoneResult,
    description: "Ends the caller's session and clears its cookie.",
    authScopes: { person: true },
    extensions: { ignoresToken: true },
    resolve: async (_root, _args, { caller, services, cookies }) => {
      await signOut(services, caller);
      cookies.clear();
      return { message: "Signed out" };
    },
  }),
  revokeSession: t.field({
    type: DoneResult,
    description:
      "Ends one of the caller's sessions; operators with the role OPERATE can end any session. All instances reject its tokens within one second. INVALID_INPUT: no such session, or it belongs to another user.",
    authScopes: { $any: { person: true, operator: "OPERATE" } },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      await revokeSession(services, caller, id);
      return { message: "Ended" };
    },
  }),
  revokeOtherSessions: t.field({
    type: DoneResult,
    description: "Ends all of the caller's sessions except the current one.",
    authScopes: { person: true },
    resolve: async (_root, _args, context) => {
      const ended = await revokeOtherSessions(context.services, context.caller);
      keepDevice(context);
      return { message: `Ended ${ended} other sessions` };
    },
  }),
}));
