import type { CredentialFacts, FlowState, GoogleAccess, GoogleAuthStatus } from "./answers.ts";
import type { Caller } from "./caller.ts";
import * as documents from "./documents.ts";

/** Somebody's accounts elsewhere: connecting them, and the tokens that lie in the vault. */
export function connectedAccounts(caller: Caller) {
  const changed = async (query: string, id: string) =>
    (await caller.mutate<{ credential: CredentialFacts }>(query, { id })).credential;
  return {
    /**
     * Begins to connect Google: send the browser to `authorizationUrl`. The answer sets a cookie by which the browser is
     * known when it comes back, so on a page of another origin link to `googleAuthStatus().authorizationUrl` instead.
     * `returnTo` is where it goes in the end; `resume` is kept with the flow and given back with it.
     */
    startGoogleAuthorization: async (
      input: { scopes?: string[]; returnTo?: string; resume?: unknown } = {},
    ) => {
      const { flow, googleUrl } = await caller.mutate<{ flow: FlowState; googleUrl: string }>(
        documents.START_GOOGLE_AUTHORIZATION,
        { input },
      );
      return { flow, authorizationUrl: googleUrl };
    },
    googleAuthStatus: async () =>
      (await caller.request<{ googleAuthStatus: GoogleAuthStatus }>(documents.GOOGLE_AUTH_STATUS))
        .googleAuthStatus,
    /** An access token of Google's that has granted `scopes`, refreshed if need be. */
    googleAccess: async (scopes?: string[]): Promise<GoogleAccess> => {
      const { accessToken, expiresAt, scopes: granted } = await caller.mutate<GoogleAccess>(
        documents.GOOGLE_ACCESS,
        { scopes },
      );
      return { accessToken, expiresAt, scopes: granted };
    },
    /** Asks Modal for a token: have its `webUrl` opened and approved, and follow it with `onFlow`. */
    startModalTokenFlow: async () =>
      (await caller.mutate<{ flow: FlowState }>(documents.START_MODAL_TOKEN_FLOW)).flow,
    /** Waits again for one that is TIMED_OUT. */
    waitForModalTokenFlow: async (id: string) =>
      void await caller.mutate(documents.WAIT_FOR_MODAL_TOKEN_FLOW, { id }),
    cancelFlow: async (id: string) => void await caller.mutate(documents.CANCEL_FLOW, { id }),

    /** The hundred that were stored last, the oldest first. */
    credentials: async () =>
      (await caller.request<{ credentials: { nodes: CredentialFacts[] } }>(documents.CREDENTIALS)).credentials
        .nodes,
    refreshCredential: (id: string) => changed(documents.REFRESH_CREDENTIAL, id),
    /** Ends the grant at the provider, where that can be, and destroys the tokens in any case. */
    revokeCredential: (id: string) => changed(documents.REVOKE_CREDENTIAL, id),
  };
}
