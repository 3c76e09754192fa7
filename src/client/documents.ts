// deno-fmt-ignore-file
// Written by `deno task schema` from `operations.graphql` and the schema; do not edit.

import type { FlowStatus, GoogleAuthorizationMode, SessionTransport, UserState, Refusal, User, SessionFacts, TokenPair, SignedIn, AuthState, FlowState, EmailCodeFlow, SecondFactorFlow, FactorFacts, TotpEnrolment, PasskeyCeremony, AddedFactor, StateRequirements, CredentialFacts, GoogleAuthStatus, GoogleAccess, SessionResult, SignInResult, DoneResult } from "./answers.ts";
import type { Document } from "./document.ts";

const refusal = `code message actionRequired authorizationUrl retryAfterSeconds requestId`;

const user = `id username email emailVerified name pictureUrl isGuest state methods`;

const sessionFacts = `id method assurance transport current createdAt lastSeenAt expiresAt ipAddress userAgent`;

const tokenPair = `accessToken refreshToken`;

const signedIn = `user{${user}}session{id method assurance expiresAt}`;

const authState = `currentState stateMetadata allowedTransitions user{${user}}session{id method assurance expiresAt}`;

const flowState = `__typename id status expiresAt failure{code message actionRequired}steps{at name message}...on EmailCodeFlow{attemptsLeft resendAt}...on SecondFactorFlow{attemptsLeft factors}...on ModalTokenFlow{webUrl code attempt maxAttempts workspace}...on GoogleAuthorizationFlow{authorizationUrl resume}`;

const emailCodeFlow = `id email attemptsLeft createdAt resendAt expiresAt`;

const secondFactorFlow = `id factors attemptsLeft passkeyOptions createdAt expiresAt`;

const factorFacts = `id kind name createdAt lastUsedAt remaining backedUp credentialId`;

const totpEnrolment = `id secret otpauthUri qrCode expiresAt`;

const passkeyCeremony = `id options expiresAt`;

const addedFactor = `factor{${factorFacts}}recoveryCodes`;

const stateRequirements = `satisfied requirements{name description satisfied}`;

const credentialFacts = `id provider label health scopes tokenId expiresAt hasRefreshToken lastCheckedAt lastFailure authorizationUrl createdAt`;

const googleAuthStatus = `configured authenticated tokenValid needsReauth expiresAt authorizationUrl`;

const googleAccess = `accessToken expiresAt scopes`;

const sessionResult = `__typename ...on SignedIn{${signedIn} tokens{${tokenPair}}}...on AuthError{${refusal}}`;

const signInResult = `__typename ...on SignedIn{${signedIn} tokens{${tokenPair}}}...on SecondFactorRequired{challenge{${secondFactorFlow}}}...on AuthError{${refusal}}`;

const doneResult = `__typename ...on Done{message}...on AuthError{${refusal}}`;

export const RefreshSession = `mutation($input:RefreshSessionInput!){result:refreshSession(input:$input){${sessionResult}}}` as Document<
  { result: SessionResult },
  { input: { refreshToken: string } }
>;

export const Register = `mutation($input:RegisterInput!){result:register(input:$input){__typename ...on Registered{message user{${user}}signedIn{${signedIn} tokens{${tokenPair}}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "Registered"; message: string; user: User | null; signedIn: SignedIn & { tokens: TokenPair | null } | null } | Refusal & { __typename: string } },
  { input: { email?: string | null | undefined; password: string; username?: string | null | undefined } }
>;

export const SignInWithPassword = `mutation($input:SignInWithPasswordInput!){result:signInWithPassword(input:$input){${signInResult}}}` as Document<
  { result: SignInResult },
  { input: { identifier: string; password: string; transport?: SessionTransport | null | undefined } }
>;

export const RequestEmailCode = `mutation($input:RequestEmailCodeInput!){result:requestEmailCode(input:$input){__typename ...on EmailCodeSent{flow{${emailCodeFlow}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "EmailCodeSent"; flow: EmailCodeFlow } | Refusal & { __typename: string } },
  { input: { email: string } }
>;

export const VerifyEmailCode = `mutation($input:VerifyEmailCodeInput!){result:verifyEmailCode(input:$input){${signInResult}}}` as Document<
  { result: SignInResult },
  { input: { code: string; flowId: string; transport?: SessionTransport | null | undefined } }
>;

export const SignInAsGuest = `mutation($input:SignInAsGuestInput){result:signInAsGuest(input:$input){${sessionResult}}}` as Document<
  { result: SessionResult },
  { input?: { transport?: SessionTransport | null | undefined } | null | undefined }
>;

export const IssueGoogleNonce = `mutation{result:issueGoogleNonce{__typename ...on NonceIssued{nonce expiresAt}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "NonceIssued"; nonce: string; expiresAt: string } | Refusal & { __typename: string } },
  Record<string, never>
>;

export const SignInWithGoogle = `mutation($input:SignInWithGoogleInput!){result:signInWithGoogle(input:$input){${signInResult}}}` as Document<
  { result: SignInResult },
  { input: { nonce?: string | null | undefined; token: string; transport?: SessionTransport | null | undefined } }
>;

export const StartPasskeySignIn = `mutation{result:startPasskeySignIn{__typename ...on PasskeyCeremony{${passkeyCeremony}}...on AuthError{${refusal}}}}` as Document<
  { result: PasskeyCeremony & { __typename: "PasskeyCeremony" } | Refusal & { __typename: string } },
  Record<string, never>
>;

export const SignInWithPasskey = `mutation($input:SignInWithPasskeyInput!){result:signInWithPasskey(input:$input){${sessionResult}}}` as Document<
  { result: SessionResult },
  { input: { ceremonyId: string; response: unknown; transport?: SessionTransport | null | undefined } }
>;

export const StartPasskeyRegistration = `mutation($username:String){result:startPasskeyRegistration(username:$username){__typename ...on PasskeyCeremony{${passkeyCeremony}}...on AuthError{${refusal}}}}` as Document<
  { result: PasskeyCeremony & { __typename: "PasskeyCeremony" } | Refusal & { __typename: string } },
  { username?: string | null | undefined }
>;

export const RegisterWithPasskey = `mutation($input:RegisterWithPasskeyInput!){result:registerWithPasskey(input:$input){${sessionResult}}}` as Document<
  { result: SessionResult },
  { input: { ceremonyId: string; response: unknown; transport?: SessionTransport | null | undefined; username?: string | null | undefined } }
>;

export const FinishPasskeyRegistration = `mutation($input:FinishPasskeyInput!){result:finishPasskeyRegistration(input:$input){__typename ...on FactorAdded{${addedFactor}}...on AuthError{${refusal}}}}` as Document<
  { result: AddedFactor & { __typename: "FactorAdded" } | Refusal & { __typename: string } },
  { input: { ceremonyId: string; name?: string | null | undefined; response: unknown } }
>;

export const VerifySecondFactor = `mutation($input:VerifySecondFactorInput!){result:verifySecondFactor(input:$input){${sessionResult}}}` as Document<
  { result: SessionResult },
  { input: { flowId: string; passkey?: unknown | undefined; recoveryCode?: string | null | undefined; totp?: string | null | undefined } }
>;

export const StartStepUp = `mutation{result:startStepUp{__typename ...on StepUpStarted{challenge{${secondFactorFlow}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "StepUpStarted"; challenge: SecondFactorFlow } | Refusal & { __typename: string } },
  Record<string, never>
>;

export const ListFactors = `{viewer{factors{${factorFacts}}}}` as Document<
  { viewer: { factors: FactorFacts[] } | null },
  Record<string, never>
>;

export const StartTotpEnrolment = `mutation{result:startTotpEnrolment{__typename ...on TotpEnrolment{${totpEnrolment}}...on AuthError{${refusal}}}}` as Document<
  { result: TotpEnrolment & { __typename: "TotpEnrolment" } | Refusal & { __typename: string } },
  Record<string, never>
>;

export const ConfirmTotp = `mutation($input:ConfirmTotpInput!){result:confirmTotp(input:$input){__typename ...on FactorAdded{${addedFactor}}...on AuthError{${refusal}}}}` as Document<
  { result: AddedFactor & { __typename: "FactorAdded" } | Refusal & { __typename: string } },
  { input: { code: string; enrolmentId: string } }
>;

export const RenameFactor = `mutation($id:ID!$name:String!){result:renameFactor(id:$id name:$name){__typename ...on FactorAdded{factor{${factorFacts}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "FactorAdded"; factor: FactorFacts } | Refusal & { __typename: string } },
  { id: string; name: string }
>;

export const RemoveFactor = `mutation($id:ID!){result:removeFactor(id:$id){${doneResult}}}` as Document<
  { result: DoneResult },
  { id: string }
>;

export const RegenerateRecoveryCodes = `mutation{result:regenerateRecoveryCodes{__typename ...on RecoveryCodes{codes}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "RecoveryCodes"; codes: string[] } | Refusal & { __typename: string } },
  Record<string, never>
>;

export const SignOut = `mutation{result:signOut{${doneResult}}}` as Document<
  { result: DoneResult },
  Record<string, never>
>;

export const ChangePassword = `mutation($input:ChangePasswordInput!){result:changePassword(input:$input){${doneResult}}}` as Document<
  { result: DoneResult },
  { input: { currentPassword: string; newPassword: string } }
>;

export const RequestPasswordReset = `mutation($email:String!){result:requestPasswordReset(email:$email){${doneResult}}}` as Document<
  { result: DoneResult },
  { email: string }
>;

export const ResetPassword = `mutation($input:ResetPasswordInput!){result:resetPassword(input:$input){${doneResult}}}` as Document<
  { result: DoneResult },
  { input: { newPassword: string; token: string } }
>;

export const RequestEmailVerification = `mutation($email:String){result:requestEmailVerification(email:$email){${doneResult}}}` as Document<
  { result: DoneResult },
  { email?: string | null | undefined }
>;

export const VerifyEmail = `mutation($token:String!){result:verifyEmail(token:$token){${doneResult}}}` as Document<
  { result: DoneResult },
  { token: string }
>;

export const GetPersonalData = `{personalData}` as Document<
  { personalData: unknown },
  Record<string, never>
>;

export const GetAuthState = `{authState{${authState}}}` as Document<
  { authState: AuthState },
  Record<string, never>
>;

export const FollowAuthState = `subscription{authState{${authState}}}` as Document<
  { authState: AuthState },
  Record<string, never>
>;

export const TransitionState = `mutation($to:UserState!){result:transitionState(to:$to){__typename ...on StateChanged{authState{${authState}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "StateChanged"; authState: AuthState } | Refusal & { __typename: string } },
  { to: UserState }
>;

export const GetStateRequirements = `query($state:UserState!){stateRequirements(state:$state){${stateRequirements}}}` as Document<
  { stateRequirements: StateRequirements },
  { state: UserState }
>;

export const ListSessions = `{sessions{${sessionFacts}}}` as Document<
  { sessions: SessionFacts[] },
  Record<string, never>
>;

export const RevokeSession = `mutation($id:ID!){result:revokeSession(id:$id){${doneResult}}}` as Document<
  { result: DoneResult },
  { id: string }
>;

export const RevokeOtherSessions = `mutation{result:revokeOtherSessions{${doneResult}}}` as Document<
  { result: DoneResult },
  Record<string, never>
>;

export const FollowFlow = `subscription($id:ID!){flow(id:$id){${flowState}}}` as Document<
  { flow: FlowState },
  { id: string }
>;

export const StartModalTokenFlow = `mutation($input:StartModalTokenFlowInput){result:startModalTokenFlow(input:$input){__typename ...on ModalTokenFlowStarted{flow{...on Flow{${flowState}}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "ModalTokenFlowStarted"; flow: FlowState } | Refusal & { __typename: string } },
  { input?: { expiresInSeconds?: number | null | undefined; localhostPort?: number | null | undefined; nextUrl?: string | null | undefined; utmSource?: string | null | undefined; wait?: boolean | null | undefined } | null | undefined }
>;

export const WaitForModalTokenFlow = `mutation($id:ID!){result:waitForModalTokenFlow(id:$id){__typename ...on FlowChanged{flow{id status}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "FlowChanged"; flow: { id: string; status: FlowStatus } } | Refusal & { __typename: string } },
  { id: string }
>;

export const CancelFlow = `mutation($id:ID!){result:cancelFlow(id:$id){__typename ...on FlowChanged{flow{id status}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "FlowChanged"; flow: { id: string; status: FlowStatus } } | Refusal & { __typename: string } },
  { id: string }
>;

export const StartGoogleAuthorization = `mutation($input:StartGoogleAuthorizationInput!){result:startGoogleAuthorization(input:$input){__typename ...on GoogleAuthorizationStarted{googleUrl:authorizationUrl flow{...on Flow{${flowState}}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "GoogleAuthorizationStarted"; googleUrl: string; flow: FlowState } | Refusal & { __typename: string } },
  { input: { mode?: GoogleAuthorizationMode | null | undefined; redirectUri?: string | null | undefined; resume?: unknown | undefined; returnTo?: string | null | undefined; scopes?: readonly string[] | null | undefined } }
>;

export const GetGoogleAuthStatus = `{googleAuthStatus{${googleAuthStatus}}}` as Document<
  { googleAuthStatus: GoogleAuthStatus },
  Record<string, never>
>;

export const GetGoogleAccess = `mutation($scopes:[String!]){result:googleAccess(scopes:$scopes){__typename ...on GoogleAccess{${googleAccess}}...on AuthError{${refusal}}}}` as Document<
  { result: GoogleAccess & { __typename: "GoogleAccess" } | Refusal & { __typename: string } },
  { scopes?: readonly string[] | null | undefined }
>;

export const ListCredentials = `{credentials(last:100){nodes{${credentialFacts}}}events(last:1){nodes{cursor}}}` as Document<
  { credentials: { nodes: CredentialFacts[] }; events: { nodes: { cursor: string }[] } },
  Record<string, never>
>;

export const FollowTokenHealth = `subscription($after:String){tokenHealth(after:$after){cursor credential{${credentialFacts}}}}` as Document<
  { tokenHealth: { cursor: string; credential: CredentialFacts } },
  { after?: string | null | undefined }
>;

export const RefreshCredential = `mutation($id:ID!){result:refreshCredential(id:$id){__typename ...on CredentialChanged{credential{${credentialFacts}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "CredentialChanged"; credential: CredentialFacts } | Refusal & { __typename: string } },
  { id: string }
>;

export const RevokeCredential = `mutation($id:ID!){result:revokeCredential(id:$id){__typename ...on CredentialChanged{credential{${credentialFacts}}}...on AuthError{${refusal}}}}` as Document<
  { result: { __typename: "CredentialChanged"; credential: CredentialFacts } | Refusal & { __typename: string } },
  { id: string }
>;
