/*
 * The operations of the client, as text: nothing of a GraphQL library gets into the page. That the schema has all of it,
 * and answers what `answers.ts` says, is a test's to check.
 */

const REFUSED = "... on AuthError { code message actionRequired authorizationUrl retryAfterSeconds }";

const USER = "user { id username email emailVerified name pictureUrl isGuest state methods }";

const SIGNED_IN = `${USER} session { id method expiresAt } tokens { accessToken refreshToken }` as const;

const SIGN_IN_RESULT = `{ __typename ... on SignedIn { ${SIGNED_IN} } ${REFUSED} }` as const;

const DONE_RESULT = `{ __typename ... on Done { message } ${REFUSED} }` as const;

const AUTH_STATE =
  `authState { currentState stateMetadata allowedTransitions ${USER} session { id method expiresAt } }` as const;

export const REFRESH =
  `mutation ($input: RefreshSessionInput!) { result: refreshSession(input: $input) ${SIGN_IN_RESULT} }` as const;

export const REGISTER = `mutation ($input: RegisterInput!) { result: register(input: $input) { __typename
  ... on Registered { message ${USER} signedIn { ${SIGNED_IN} } } ${REFUSED} } }` as const;

export const SIGN_IN_WITH_PASSWORD =
  `mutation ($input: SignInWithPasswordInput!) { result: signInWithPassword(input: $input) ${SIGN_IN_RESULT} }` as const;

export const REQUEST_EMAIL_CODE =
  `mutation ($input: RequestEmailCodeInput!) { result: requestEmailCode(input: $input) {
  __typename ... on EmailCodeSent { flow { id email attemptsLeft resendAt expiresAt } } ${REFUSED} } }` as const;

export const VERIFY_EMAIL_CODE =
  `mutation ($input: VerifyEmailCodeInput!) { result: verifyEmailCode(input: $input) ${SIGN_IN_RESULT} }` as const;

export const SIGN_IN_AS_GUEST =
  `mutation ($input: SignInAsGuestInput) { result: signInAsGuest(input: $input) ${SIGN_IN_RESULT} }` as const;

export const ISSUE_GOOGLE_NONCE = `mutation { result: issueGoogleNonce { __typename
  ... on NonceIssued { nonce expiresAt } ${REFUSED} } }` as const;

export const SIGN_IN_WITH_GOOGLE =
  `mutation ($input: SignInWithGoogleInput!) { result: signInWithGoogle(input: $input) ${SIGN_IN_RESULT} }` as const;

export const SIGN_OUT = `mutation { result: signOut ${DONE_RESULT} }` as const;

export const CHANGE_PASSWORD =
  `mutation ($input: ChangePasswordInput!) { result: changePassword(input: $input) ${DONE_RESULT} }` as const;

export const REQUEST_PASSWORD_RESET =
  `mutation ($email: String!) { result: requestPasswordReset(email: $email) ${DONE_RESULT} }` as const;

export const RESET_PASSWORD =
  `mutation ($input: ResetPasswordInput!) { result: resetPassword(input: $input) ${DONE_RESULT} }` as const;

export const REQUEST_EMAIL_VERIFICATION =
  `mutation ($email: String) { result: requestEmailVerification(email: $email) ${DONE_RESULT} }` as const;

export const VERIFY_EMAIL =
  `mutation ($token: String!) { result: verifyEmail(token: $token) ${DONE_RESULT} }` as const;

export const REVOKE_SESSION =
  `mutation ($id: ID!) { result: revokeSession(id: $id) ${DONE_RESULT} }` as const;

export const REVOKE_OTHER_SESSIONS = `mutation { result: revokeOtherSessions ${DONE_RESULT} }` as const;

export const TRANSITION_STATE = `mutation ($to: UserState!) { result: transitionState(to: $to) { __typename
  ... on StateChanged { ${AUTH_STATE} } ${REFUSED} } }` as const;

export const CANCEL_FLOW = `mutation ($id: ID!) { result: cancelFlow(id: $id) { __typename
  ... on FlowChanged { flow { id status } } ${REFUSED} } }` as const;

export const GET_AUTH_STATE = `{ ${AUTH_STATE} }` as const;

export const SESSIONS =
  "{ sessions { id method transport current createdAt lastSeenAt expiresAt ipAddress userAgent } }" as const;

export const STATE_REQUIREMENTS = `query ($state: UserState!) { stateRequirements(state: $state) {
  satisfied requirements { name description satisfied } } }` as const;

export const FOLLOW_AUTH_STATE = `subscription { ${AUTH_STATE} }` as const;

const FLOW =
  "__typename id status expiresAt failure { code message actionRequired } steps { at name message }" as const;

const MODAL_FLOW = "webUrl code attempt maxAttempts workspace";

export const FOLLOW_FLOW = `subscription ($id: ID!) { flow(id: $id) { ${FLOW}
  ... on EmailCodeFlow { attemptsLeft resendAt } ... on ModalTokenFlow { ${MODAL_FLOW} }
  ... on GoogleAuthorizationFlow { authorizationUrl resume } } }` as const;

export const START_MODAL_TOKEN_FLOW = `mutation { result: startModalTokenFlow { __typename
  ... on ModalTokenFlowStarted { flow { ${FLOW} ${MODAL_FLOW} } } ${REFUSED} } }` as const;

export const WAIT_FOR_MODAL_TOKEN_FLOW = `mutation ($id: ID!) { result: waitForModalTokenFlow(id: $id) {
  __typename ... on FlowChanged { flow { id status } } ${REFUSED} } }` as const;

export const START_GOOGLE_AUTHORIZATION =
  `mutation ($input: StartGoogleAuthorizationInput!) { result: startGoogleAuthorization(input: $input) {
  __typename ... on GoogleAuthorizationStarted { googleUrl: authorizationUrl flow { ${FLOW} authorizationUrl resume } } ${REFUSED} } }` as const;

export const GOOGLE_AUTH_STATUS = `{ googleAuthStatus {
  configured authenticated tokenValid needsReauth expiresAt authorizationUrl } }` as const;

export const GOOGLE_ACCESS =
  `mutation ($scopes: [String!]) { result: googleAccess(scopes: $scopes) { __typename
  ... on GoogleAccess { accessToken expiresAt scopes } ${REFUSED} } }` as const;

const CREDENTIAL =
  `id provider label health scopes tokenId expiresAt hasRefreshToken lastCheckedAt lastFailure
  authorizationUrl createdAt` as const;

/** With the end of the log: from there on, `FOLLOW_TOKEN_HEALTH` tells what changes. */
export const CREDENTIALS =
  `{ credentials(last: 100) { nodes { ${CREDENTIAL} } } events(last: 1) { nodes { cursor } } }` as const;

export const FOLLOW_TOKEN_HEALTH = `subscription ($after: String) { tokenHealth(after: $after) {
  cursor credential { ${CREDENTIAL} } } }` as const;

export const REFRESH_CREDENTIAL = `mutation ($id: ID!) { result: refreshCredential(id: $id) { __typename
  ... on CredentialChanged { credential { ${CREDENTIAL} } } ${REFUSED} } }` as const;

export const REVOKE_CREDENTIAL = `mutation ($id: ID!) { result: revokeCredential(id: $id) { __typename
  ... on CredentialChanged { credential { ${CREDENTIAL} } } ${REFUSED} } }` as const;
