import type { CredentialFacts, FlowState, GoogleAccess, GoogleAuthStatus } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";

/** Somebody's accounts elsewhere: connecting them, and the tokens that lie in the vault. */
export type ConnectedAccounts = {
  /**
   * Begins to connect Google: send the browser to `authorizationUrl`. The answer sets a cookie by which the browser is
   * known when it comes back, so on a page of another origin link to `googleAuthStatus().authorizationUrl` instead.
   * `returnTo` is where it goes in the end; `resume` is kept with the flow and given back with it.
   */
  startGoogleAuthorization(
    input?: { scopes?: string[]; returnTo?: string; resume?: unknown },
  ): Promise<{ flow: FlowState; authorizationUrl: string }>;
  googleAuthStatus(): Promise<GoogleAuthStatus>;
  /** An access token of Google's that has granted `scopes`, refreshed if need be. */
  googleAccess(scopes?: string[]): Promise<GoogleAccess>;
  /** Asks Modal for a token: have its `webUrl` opened and approved, and follow it with `onFlow`. */
  startModalTokenFlow(): Promise<FlowState>;
  /** Waits again for one that is TIMED_OUT. */
  waitForModalTokenFlow(id: string): Promise<void>;
  cancelFlow(id: string): Promise<void>;
  /** The hundred that were stored last, the oldest first. */
  credentials(): Promise<CredentialFacts[]>;
  refreshCredential(id: string): Promise<CredentialFacts>;
  /** Ends the grant at the provider, where that can be, and destroys the tokens in any case. */
  revokeCredential(id: string): Promise<CredentialFacts>;
};

export function connectedAccounts({ request, mutate }: Caller): ConnectedAccounts {
  return {
    startGoogleAuthorization: async (input = {}) => {
      const { flow, googleUrl } = await mutate(documents.StartGoogleAuthorization, { input });
      return { flow, authorizationUrl: googleUrl };
    },
    googleAuthStatus: async () => (await request(documents.GetGoogleAuthStatus, {})).googleAuthStatus,
    googleAccess: async (scopes) => {
      const access = await mutate(documents.GetGoogleAccess, { scopes });
      return { accessToken: access.accessToken, expiresAt: access.expiresAt, scopes: access.scopes };
    },
    startModalTokenFlow: async () => (await mutate(documents.StartModalTokenFlow, {})).flow,
    waitForModalTokenFlow: async (id) => void await mutate(documents.WaitForModalTokenFlow, { id }),
    cancelFlow: async (id) => void await mutate(documents.CancelFlow, { id }),
    credentials: async () => (await request(documents.ListCredentials, {})).credentials.nodes,
    refreshCredential: async (id) => (await mutate(documents.RefreshCredential, { id })).credential,
    revokeCredential: async (id) => (await mutate(documents.RevokeCredential, { id })).credential,
  };
}
