import type { AuthState, SessionFacts, StateRequirements, UserState } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

/** What somebody does about their account: password, address, state, sessions. */
export function account(caller: Caller, session: Session) {
  return {
    changePassword: (currentPassword: string, newPassword: string) =>
      caller.done(documents.CHANGE_PASSWORD, { input: { currentPassword, newPassword } }),
    requestPasswordReset: (email: string) => caller.done(documents.REQUEST_PASSWORD_RESET, { email }),
    resetPassword: (token: string, newPassword: string) =>
      caller.done(documents.RESET_PASSWORD, { input: { token, newPassword } }),
    requestEmailVerification: (email?: string) =>
      caller.done(documents.REQUEST_EMAIL_VERIFICATION, { email }),
    verifyEmail: (token: string) => caller.done(documents.VERIFY_EMAIL, { token }),

    /** How things stand. A token that is over makes nobody of its bearer here, and no error: it is renewed then. */
    authState: async (): Promise<AuthState> => {
      const ask = async () => {
        const { authState } = await caller.request<{ authState: AuthState }>(documents.GET_AUTH_STATE);
        session.learn(authState.session?.id);
        return authState;
      };
      const token = await session.accessToken();
      const state = await ask();
      return state.user || token === undefined || !await session.renew(token) ? state : await ask();
    },
    stateRequirements: async (state: UserState) =>
      (await caller.request<{ stateRequirements: StateRequirements }>(documents.STATE_REQUIREMENTS, {
        state,
      }))
        .stateRequirements,
    transitionState: async (to: UserState) =>
      (await caller.mutate<{ authState: AuthState }>(documents.TRANSITION_STATE, { to })).authState,
    sessions: async () => (await caller.request<{ sessions: SessionFacts[] }>(documents.SESSIONS)).sessions,
    revokeSession: (id: string) => caller.done(documents.REVOKE_SESSION, { id }),
    revokeOtherSessions: () => caller.done(documents.REVOKE_OTHER_SESSIONS),
  };
}
