import { graphqlRequest, OUR_ORIGIN } from "./graphql_request.ts";
import type { RequestTemplate, Values } from "./processes/http_request.ts";

/**
 * What is compared, as each side has it. A person has `username` and `password`, or `email` and
 * `code`, and what they were given so far. */
export type AuthRequests = {
  register: RequestTemplate;
  /** Gives `token`. */
  signIn: RequestTemplate;
  /** Gives `cookie`. */
  signInForCookie: RequestTemplate;
  /** Who am I, with `token`. */
  checkByToken: RequestTemplate;
  /** Who am I, with `cookie`. */
  checkByCookie: RequestTemplate;
  /** With `refreshToken`, and gives the next. */
  refresh: RequestTemplate;
  /** With what `signIn` gave. */
  signOut: RequestTemplate;
  /** Has a code mailed to `email`. */
  requestCode: RequestTemplate;
  /** Registers and signs in with `code`. */
  verifyCode: RequestTemplate;
  /** Signs in without anything. */
  signInAsGuest: RequestTemplate;
};

export const PASSWORD = "Wl4-quiet-Harbour-91";

/** People who are not registered yet. */
export function people(prefix: string, count: number): Values[] {
  return Array.from({ length: count }, (_, n) => ({ username: `bench${prefix}${n}`, password: PASSWORD }));
}

const CREDENTIALS = { identifier: "%{username}", password: "%{password}" };
const REFUSAL = "... on AuthError { code message }";
const TOKENS = "tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }";
const SIGN_IN = `mutation SignIn($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) {
  __typename ... on SignedIn { user { id username } session { id } ${TOKENS} } ${REFUSAL} } }`;
const SIGNED_IN = '"__typename":"SignedIn"';

/** Who one is and nothing else: what an application asks with every request of its own. */
export const VIEWER = "{ viewer { id username } }";
const SEEN = '{"viewer":{"id":"';

export const OURS: AuthRequests = {
  register: graphqlRequest(
    `mutation Register($input: RegisterInput!) { register(input: $input) {
      __typename ... on Registered { user { id username } } ${REFUSAL} } }`,
    { registered: '"__typename":"Registered"' },
    { variables: { input: { username: "%{username}", password: "%{password}" } } },
  ),
  signIn: graphqlRequest(SIGN_IN, { signedIn: SIGNED_IN }, {
    variables: { input: CREDENTIALS },
    keep: { token: '"accessToken":"([^"]+)"', refreshToken: '"refreshToken":"([^"]+)"' },
  }),
  signInForCookie: graphqlRequest(SIGN_IN, { signedIn: SIGNED_IN }, {
    variables: { input: { ...CREDENTIALS, transport: "COOKIE" } },
    headers: { origin: OUR_ORIGIN },
    keep: { cookie: "set-cookie: ([^;]+)" },
  }),
  checkByToken: graphqlRequest(VIEWER, { seen: SEEN }, { headers: { authorization: "Bearer %{token}" } }),
  checkByCookie: graphqlRequest(VIEWER, { seen: SEEN }, {
    headers: { cookie: "%{cookie}", origin: OUR_ORIGIN },
  }),
  refresh: graphqlRequest(
    `mutation Refresh($input: RefreshSessionInput!) { refreshSession(input: $input) {
      __typename ... on SignedIn { ${TOKENS} } ${REFUSAL} } }`,
    { refreshed: SIGNED_IN },
    {
      variables: { input: { refreshToken: "%{refreshToken}" } },
      keep: { refreshToken: '"refreshToken":"([^"]+)"' },
    },
  ),
  signOut: graphqlRequest(
    `mutation SignOut { signOut { __typename ... on Done { ok } ${REFUSAL} } }`,
    { signedOut: '"ok":true' },
    { headers: { authorization: "Bearer %{token}" } },
  ),
  requestCode: graphqlRequest(
    `mutation RequestCode($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) {
      __typename ... on EmailCodeSent { flow { id expiresAt } } ${REFUSAL} } }`,
    { sent: '"__typename":"EmailCodeSent"' },
    { variables: { input: { email: "%{email}" } }, keep: { flowId: '"id":"([^"]+)"' } },
  ),
  verifyCode: graphqlRequest(
    `mutation VerifyCode($input: VerifyEmailCodeInput!) { verifyEmailCode(input: $input) {
      __typename ... on SignedIn { user { id email } session { id } ${TOKENS} } ${REFUSAL} } }`,
    { signedIn: SIGNED_IN },
    { variables: { input: { flowId: "%{flowId}", code: "%{code}" } } },
  ),
  signInAsGuest: graphqlRequest(
    `mutation Guest { signInAsGuest {
      __typename ... on SignedIn { user { id name } session { id } ${TOKENS} } ${REFUSAL} } }`,
    { signedIn: SIGNED_IN },
  ),
};

/** Better Auth's, at this port. It signs out by its cookie, which costs it less than a token. */
export function peerRequests(port: number): AuthRequests {
  const json = { "content-type": "application/json", origin: `http://127.0.0.1:${port}` };
  const token = "set-auth-token: ([^\\r]+)";
  const cookie = "set-cookie: ([^;]+)";
  const signIn = {
    method: "POST",
    path: "/api/auth/sign-in/username",
    headers: json,
    body: JSON.stringify({ username: "%{username}", password: "%{password}" }),
    answers: { signedIn: '"token":"' },
    keep: { token, cookie },
  } as const;
  const check = { method: "GET", path: "/api/auth/get-session", answers: { seen: '{"session":{"' } } as const;
  return {
    register: {
      method: "POST",
      path: "/api/auth/sign-up/email",
      headers: json,
      body: JSON.stringify({
        name: "%{username}",
        username: "%{username}",
        email: "%{username}@example.test",
        password: "%{password}",
      }),
      answers: { registered: '"user":{"' },
    },
    signIn,
    signInForCookie: signIn,
    checkByToken: { ...check, headers: { authorization: "Bearer %{token}" } },
    checkByCookie: { ...check, headers: { cookie: "%{cookie}" } },
    refresh: {
      method: "POST",
      path: "/api/auth/oauth2/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=refresh_token&client_id=%{clientId}&refresh_token=%{refreshToken}",
      answers: { refreshed: '"access_token":"' },
      keep: { refreshToken: '"refresh_token":"([^"]+)"' },
    },
    signOut: {
      method: "POST",
      path: "/api/auth/sign-out",
      headers: { ...json, cookie: "%{cookie}" },
      body: "{}",
      answers: { signedOut: '"success":true' },
    },
    requestCode: {
      method: "POST",
      path: "/api/auth/email-otp/send-verification-otp",
      headers: json,
      body: JSON.stringify({ email: "%{email}", type: "sign-in" }),
      answers: { sent: '"success":true' },
    },
    verifyCode: {
      method: "POST",
      path: "/api/auth/sign-in/email-otp",
      headers: json,
      body: JSON.stringify({ email: "%{email}", otp: "%{code}" }),
      answers: { signedIn: '"token":"' },
    },
    signInAsGuest: {
      method: "POST",
      path: "/api/auth/sign-in/anonymous",
      headers: json,
      body: "{}",
      answers: { signedIn: '"token":"' },
    },
  };
}
