import { originOf, personOf } from "../../src/operations/caller.ts";
import { AccountDisabled, Unauthenticated } from "../../src/lib/errors.ts";
import { ANY_METHODS, isForGuests } from "../../src/sign_in/methods.ts";
import { isId } from "../../src/lib/ids.ts";
import { rotateSigningKey } from "../../src/accounts/sessions/signing_keys.ts";
import type { SignedIn, TokenPair } from "../../src/accounts/sessions/issue_session.ts";
import {
  refreshSession,
  RefreshTokenReused,
  SessionEnded,
} from "../../src/accounts/sessions/refresh_session.ts";
import {
  liveSessionsOf,
  pageOfSessions,
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
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { AuthMethodEnum, UserType } from "./users.ts";

export const SessionTransportEnum = builder.enumType("SessionTransport", {
  description: "How a client keeps its session.",
  values: {
    TOKENS: { description: "An access token and a rotating refresh token, in the answer." },
    COOKIE: { description: "An HttpOnly cookie; the answer carries no token." },
  } as const,
});

/** `isNew`: the caller of this very request was given it. */
type ShownSession = Session & { isNew?: boolean };

/** Reached from what is the caller's own, or an operator's to see; there is no other way to one. */
export const SessionType = builder.objectRef<ShownSession>("Session").implement({
  description: "One signed-in device.",
  fields: (t) => ({
    id: t.exposeID("id"),
    user: t.field({ type: UserType, resolve: ({ userId }, _args, context) => loadUser(context, userId) }),
    method: t.expose("method", { type: AuthMethodEnum }),
    transport: t.expose("transport", { type: SessionTransportEnum }),
    current: t.boolean({
      description: "Whether it is the one that the caller came with, or was given just now.",
      resolve: ({ id, isNew }, _args, { caller }) =>
        isNew === true || (caller.kind === "user" && caller.sessionId === id),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastSeenAt: t.expose("lastSeenAt", { type: "DateTime", description: "To the minute." }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "Its end, unless it is used before." }),
    ipAddress: t.exposeString("ipAddress", { nullable: true, description: "Where it was signed in from." }),
    userAgent: t.exposeString("userAgent", { nullable: true }),
  }),
});

/** A user who must be there: whose session it is was deleted a moment ago otherwise. */
async function loadUser({ services }: Context, id: string): Promise<User> {
  const user = await services.load.user.load(id);
  if (!user) throw new Unauthenticated();
  return user;
}

const TokenPairType = builder.objectRef<TokenPair>("TokenPair").implement({
  description: "What a client with TOKENS keeps. Neither can be shown again.",
  fields: (t) => ({
    tokenType: t.string({ resolve: () => "Bearer" }),
    accessToken: t.string({
      description: "A JWT (RFC 9068), for `Authorization: Bearer …`; `/.well-known/jwks.json` has its key.",
      resolve: ({ accessToken }) => accessToken.reveal(),
    }),
    accessTokenExpiresAt: t.expose("accessTokenExpiresAt", { type: "DateTime" }),
    refreshToken: t.string({
      description: "For `refreshSession`, once.",
      resolve: ({ refreshToken }) => refreshToken.reveal(),
    }),
    refreshTokenExpiresAt: t.expose("refreshTokenExpiresAt", { type: "DateTime" }),
  }),
});

export const SignedInType = builder.objectRef<SignedIn>("SignedIn").implement({
  description: "Somebody is signed in.",
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

/** What a mutation that signs somebody in answers. */
export const SignInResult = builder.errorUnion("SignInResult", {
  types: [
    SignedInType,
    ...ANY_METHODS.flatMap(({ refusals }) => refusals),
    errorType(SessionEnded, "The refresh token is unknown, or its session has ended: one answer for all."),
    errorType(AccountDisabled, "The account is disabled; told to who has proven that it is theirs."),
    errorType(
      RefreshTokenReused,
      "The refresh token had been used before: its session was ended for safety.",
    ),
    ...COMMON_ERRORS,
  ],
  resolveType: () => "SignedIn",
});

/** Gives the answer the cookie of a session that has one, and makes the browser known to its user. */
export function withCookie({ cookies }: Context, signedIn: SignedIn): SignedIn {
  if (!signedIn.cookie) return signedIn;
  const { userId, method, expiresAt } = signedIn.session;
  cookies.set(signedIn.cookie, expiresAt);
  if (!isForGuests(method)) cookies.rememberDevice(userId);
  return signedIn;
}

/** Makes the caller's own browser known anew, after every device of the user was forgotten. */
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
    description: "The caller's own that go on, the newest first.",
    authScopes: { person: true },
    resolve: (_root, _args, { caller, services }) =>
      liveSessionsOf(services.db, personOf(caller).userId, services.now()),
  }),
  protectedData: t.field({
    type: ProtectedDataType,
    description: "The smallest example of a field that needs somebody signed in.",
    authScopes: { person: true },
    resolve: async (_root, _args, context) => {
      const { id, username, email } = await loadUser(context, personOf(context.caller).userId);
      return {
        message: "Only who is signed in can read this",
        user: username ?? email ?? id,
        accessTimestamp: context.services.now(),
      };
    },
  }),
  userSessions: t.field({
    type: [SessionType],
    description: "A user's that go on, for operators, the newest first.",
    authScopes: { operator: "READ" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: (_root, { userId }, { services }) =>
      isId("usr", userId) ? liveSessionsOf(services.db, userId, services.now()) : [],
  }),
  allSessions: t.connection(
    {
      type: SessionType,
      description: "Everybody's that go on, for operators, in order of creation.",
      authScopes: { operator: "READ" },
      resolve: (_root, args, { services }) =>
        connectionById(args, "ses", (page) => pageOfSessions(services.db, page, services.now())),
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
      "New tokens for a refresh token, which is spent by it. Used again within 10 s it gives the same successor; used again later it ends the session.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: RefreshSessionInput, required: true }) },
    resolve: (_root, { input }, { caller, services }) =>
      refreshSession(services, originOf(caller), input.refreshToken),
  }),
  signOut: t.field({
    type: DoneResult,
    description: "Ends the caller's session, and takes its cookie away.",
    authScopes: { person: true },
    resolve: async (_root, _args, { caller, services, cookies }) => {
      await signOut(services, caller);
      cookies.clear();
      return { message: "Signed out" };
    },
  }),
  revokeSession: t.field({
    type: DoneResult,
    description: "Ends a session of the caller's own, or any for operators, within a second everywhere.",
    authScopes: { $any: { person: true, operator: "OPERATE" } },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      await revokeSession(services, caller, id);
      return { message: "Ended" };
    },
  }),
  revokeOtherSessions: t.field({
    type: DoneResult,
    description: "Ends all of the caller's sessions but the present one.",
    authScopes: { person: true },
    resolve: async (_root, _args, context) => {
      const ended = await revokeOtherSessions(context.services, context.caller);
      keepDevice(context);
      return { message: `Ended ${ended} other sessions` };
    },
  }),
  rotateSigningKey: t.field({
    type: DoneResult,
    description:
      "Publishes a new signing key, which signs after five minutes. No valid token fails meanwhile.",
    authScopes: { operator: "OPERATE" },
    resolve: async (_root, _args, { caller, services }) => {
      const { signsFrom, added } = await rotateSigningKey(services, originOf(caller));
      await services.sessions.signingKeys.reload();
      const what = added ? "A new key is published and" : "A new key is published already, and";
      return { message: `${what} signs from ${signsFrom.toISOString()}` };
    },
  }),
}));
