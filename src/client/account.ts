import type { AuthState, SessionFacts, StateRequirements, UserState } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

/**
 * What somebody does about their account: password, address, state, sessions. What answers a string answers a
 * sentence.
 */
export type Account = {
  changePassword(currentPassword: string, newPassword: string): Promise<string>;
  requestPasswordReset(email: string): Promise<string>;
  resetPassword(token: string, newPassword: string): Promise<string>;
  /** For one's own address when signed in, and for any other when not. */
  requestEmailVerification(email?: string): Promise<string>;
  verifyEmail(token: string): Promise<string>;
  /** How things stand: a VISITOR without a user when nobody is signed in. */
  authState(): Promise<AuthState>;
  stateRequirements(state: UserState): Promise<StateRequirements>;
  transitionState(to: UserState): Promise<AuthState>;
  sessions(): Promise<SessionFacts[]>;
  revokeSession(id: string): Promise<string>;
  revokeOtherSessions(): Promise<string>;
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
      const ask = async () => {
        const { authState } = await request(documents.GetAuthState, {});
        session.learn(authState.session?.id);
        return authState;
      };
      const token = await session.accessToken();
      const state = await ask();
      // A token that is over makes nobody of its bearer, and no error.
      return state.user || token === undefined || !await session.renew(token) ? state : await ask();
    },
    stateRequirements: async (state) =>
      (await request(documents.GetStateRequirements, { state })).stateRequirements,
    transitionState: async (to) => (await caller.mutate(documents.TransitionState, { to })).authState,
    sessions: async () => (await request(documents.ListSessions, {})).sessions,
    revokeSession: (id) => done(documents.RevokeSession, { id }),
    revokeOtherSessions: () => done(documents.RevokeOtherSessions, {}),
  };
}
