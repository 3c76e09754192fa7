import type { Caller } from "../src/caller.ts";
import { allowedTransitions } from "../src/states/states.ts";
import { findSessions, type Session } from "../src/sessions/sessions.ts";
import { stateMetadataOf, type User } from "../src/users/users.ts";
import { builder } from "./builder.ts";
import type { Context } from "./context.ts";
import { SessionType } from "./sessions.ts";
import { UserStateEnum, UserType } from "./users.ts";

/** Who the caller is; no user when nobody is signed in. */
type AuthState = { user: User | undefined; session: Session | undefined };

const AuthStateType = builder.objectRef<AuthState>("AuthState").implement({
  description: "Who the caller is and where they may go. VISITOR, with no user, when nobody is signed in.",
  fields: (t) => ({
    currentState: t.field({ type: UserStateEnum, resolve: ({ user }) => user?.state ?? "VISITOR" }),
    stateMetadata: t.field({ type: "JSON", resolve: ({ user }) => user ? stateMetadataOf(user) : {} }),
    allowedTransitions: t.field({
      type: [UserStateEnum],
      resolve: ({ user }) => [...allowedTransitions(user?.state ?? "VISITOR")],
    }),
    user: t.field({ type: UserType, nullable: true, resolve: ({ user }) => user }),
    session: t.field({ type: SessionType, nullable: true, resolve: ({ session }) => session }),
  }),
});

builder.queryField("authState", (t) =>
  t.field({
    type: AuthStateType,
    description: "Who the caller is and where they may go.",
    authScopes: { anyone: true },
    resolve: (_root, _args, context) => authStateOf(context),
  }));

async function authStateOf({ caller, services }: Context): Promise<AuthState> {
  const { userId, sessionId } = known(caller);
  if (!userId || !sessionId) return { user: undefined, session: undefined };
  const [user, sessions] = await Promise.all([
    services.load.user.load(userId),
    findSessions(services.db, [sessionId]),
  ]);
  return user ? { user, session: sessions.get(sessionId) } : { user: undefined, session: undefined };
}

/** Throws what kept us from knowing who asks. */
function known(caller: Caller): { userId?: string; sessionId?: string } {
  if (caller.kind === "nobody" && caller.because) throw caller.because;
  return caller.kind === "user" ? caller : {};
}
