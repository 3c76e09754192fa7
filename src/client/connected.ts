import type { CredentialFacts, FlowState, GoogleAccess, GoogleAuthStatus } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";

/** Connects a user's accounts at Google and Modal, and gives access to their stored tokens. */
export type ConnectedAccounts = {
  /**
   * Starts to connect Google: send the browser to `authorizationUrl`. The answer sets a cookie that the callback
   * needs, so on a page of another origin link to `googleAuthStatus().authorizationUrl` instead. The browser ends at
   * `returnTo`; `resume` is stored with the flow and returned with it.
   */
  startGoogleAuthorization(
    input?: { scopes?: string[]; returnTo?: string; resume?: unknown },
  ): Promise<{ flow: FlowState; authorizationUrl: string }>;
  googleAuthStatus(): Promise<GoogleAuthStatus>;
  /** A Google access token that covers `scopes`. The server refreshes it first if necessary. */
  googleAccess(scopes?: string[]): Promise<GoogleAccess>;
  /** Asks Modal for a token. Open `webUrl` for the user to approve, and follow the flow with `onFlow`. */
  startModalTokenFlow(): Promise<FlowState>;
  /** Waits again for a flow that is TIMED_OUT. */
  waitForModalTokenFlow(id: string): Promise<void>;
  cancelFlow(id: string): Promise<void>;
  /** The hundred newest credentials, oldest first. */
  credentials(): Promise<CredentialFacts[]>;
  refreshCredential(id: string): Promise<CredentialFacts>;
  /** Revokes the grant at the provider if it supports that, and always destroys the stored tokens. */
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
