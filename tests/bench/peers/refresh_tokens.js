import { createHash, randomBytes } from "node:crypto";

/*
 * Refresh tokens in the way that Better Auth gives them out: a trusted public client, an authorization code with
 * PKCE, and its token endpoint. Nothing of it is measured; only the refreshes after it are.
 */

const REDIRECT_URI = "http://127.0.0.1:9/callback";
/** Without `openid`, so that no refresh has to sign an ID token too. */
const SCOPE = "profile offline_access";

/** So many people's first refresh tokens, and the client that they are for. */
export async function firstRefreshTokens(auth, baseURL, count) {
  const cookies = [];
  for (let n = 0; n < count; n++) cookies.push(await newSession(auth, baseURL, `refresher${n}`));
  const clientId = await createClient(auth, cookies[0]);
  const tokens = [];
  for (const cookie of cookies) tokens.push(await firstRefreshToken(auth, baseURL, clientId, cookie));
  return { clientId, tokens };
}

/** A new person's session cookie. */
async function newSession(auth, baseURL, username) {
  const password = "correct horse battery staple";
  const post = (path, body) =>
    auth.handler(
      new Request(`${baseURL}/api/auth${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: baseURL },
        body: JSON.stringify(body),
      }),
    );
  await post("/sign-up/email", { name: username, username, email: `${username}@example.test`, password });
  const answer = await post("/sign-in/username", { username, password });
  const cookie = answer.headers.getSetCookie().map((each) => each.split(";")[0]).join("; ");
  if (!cookie) throw new Error(`No session: ${answer.status} ${await answer.text()}`);
  return cookie;
}

/** A client that needs no secret and no consent; returns its id. */
async function createClient(auth, cookie) {
  const { client_id } = await auth.api.adminCreateOAuthClient({
    headers: new Headers({ cookie }),
    body: {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "none",
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: SCOPE,
      skip_consent: true,
    },
  });
  return client_id;
}

async function firstRefreshToken(auth, baseURL, clientId, cookie) {
  const verifier = randomBytes(32).toString("base64url");
  const code = await authorizationCode(auth, baseURL, clientId, cookie, verifier);
  const answer = await auth.handler(
    new Request(`${baseURL}/api/auth/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: clientId,
        redirect_uri: REDIRECT_URI,
        code,
        code_verifier: verifier,
      }),
    }),
  );
  const { refresh_token, ...rest } = await answer.json();
  if (!refresh_token) throw new Error(`No refresh token: ${answer.status} ${JSON.stringify(rest)}`);
  return refresh_token;
}

async function authorizationCode(auth, baseURL, clientId, cookie, verifier) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const answer = await auth.handler(
    new Request(`${baseURL}/api/auth/oauth2/authorize?${query}`, { headers: { cookie } }),
  );
  const location = answer.headers.get("location");
  const code = location && new URL(location, baseURL).searchParams.get("code");
  if (!code) throw new Error(`No code: ${answer.status} ${location} ${await answer.text()}`);
  return code;
}
