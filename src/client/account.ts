import type { AuthState, SessionFacts, StateRequirements, UserState } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

/** Manages the user's account: password, e-mail address, state and sessions. Returned strings are messages to show. */
export type Account = {
  changePassword(currentPassword: string, newPassword: string): Promise<string>;
  requestPasswordReset(email: string): Promise<string>;
  resetPassword(token: string, newPassword: string): Promise<string>;
  /** Without `email`: for the signed-in user. With `email`: when no user is signed in. */
  requestEmailVerification(email?: string): Promise<string>;
  verifyEmail(token: string): Promise<string>;
  /** The present state: VISITOR without a user when no user is signed in. */
  authState(): Promise<AuthState>;
  stateRequirements(state: UserState): Promise<StateRequirements>;
  transitionState(to: UserState): Promise<AuthState>;
  sessions(): Promise<SessionFacts[]>;
  revokeSession(id: string): Promise<string>;
  revokeOtherSessions(): Promise<string>;
  /**
   * Everything that the server holds of the user, without secrets. Without a fresh proof it throws `RequestRefused` with
   * STEP_UP_REQUIRED.
   */
  personalData(): Promise<unknown>;
};

export function account(caller: Caller, session: Session): Account {
  const { request, done } = caller;
  return {
    changePassword: (currentPassword, newPassword) =>
      done(documents.ChangePassword, { input: { currentPassword, newPassword } }),
    requestPasswordReset: (email) => done(documents.RequestPasswordReset, { email }),
    resetPassword: (token, newPassword) => done(documents.ResetPassword, { input: { token, newPassword } }),
    requestEmailVerification: (email) => done(documents.RequestEmailVerification, { email }),
    verifyEmail: (token) => done(documents.VerifyEmail, { token }),
    authState: async () => {
      const read = async () => {
        const { authState } = await request(documents.GetAuthState, {});
        session.setCookieSession(authState.session?.id);
        return authState;
      };
      const token = await session.accessToken();
      const state = await read();
      // With an expired token the server answers VISITOR, not an error.
      return state.user || token === undefined || !await session.renew(token) ? state : await read();
    },
    stateRequirements: async (state) =>
      (await request(documents.GetStateRequirements, { state })).stateRequirements,
    transitionState: async (to) => (await caller.mutate(documents.TransitionState, { to })).authState,
    sessions: async () => (await request(documents.ListSessions, {})).sessions,
    revokeSession: (id) => done(documents.RevokeSession, { id }),
    revokeOtherSessions: () => done(documents.RevokeOtherSessions, {}),
    personalData: async () => (await request(documents.GetPersonalData, {})).personalData,
  };
}
