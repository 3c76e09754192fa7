import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import type { IdTokenOptions } from "../../src/emulators/google/id_token.ts";
import type { AccountInput } from "../../src/emulators/google/people.ts";
import type { TestApp } from "./app.ts";
import { mutate, type SignInAnswer } from "./people.ts";
import type { Sent } from "./wire.ts";

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

const SIGN_IN = `mutation ($input: SignInWithGoogleInput!) { signInWithGoogle(input: $input) { __typename
  ... on SignedIn { user { id username email emailVerified name pictureUrl isGuest state stateMetadata methods lastSignInAt }
    session { id method transport expiresAt } tokens { accessToken refreshToken } } ${ERROR} } }`;

export type GoogleAnswer = SignInAnswer & {
  user: {
    username: string | null;
    email: string | null;
    emailVerified: boolean;
    name: string | null;
    pictureUrl: string | null;
    isGuest: boolean;
    stateMetadata: Record<string, Record<string, unknown>>;
    methods: string[];
    lastSignInAt: string | null;
  };
  message?: string;
  actionRequired?: string;
};

type App = Pick<TestApp, "fetch">;

/** Signs in with an ID token. Default transport: TOKENS. */
export function presentToken(
  app: App,
  token: string,
  { nonce, transport = "TOKENS", ...sent }: Sent & { nonce?: string; transport?: string } = {},
) {
  const input = { token, transport, ...(nonce !== undefined && { nonce }) };
  return mutate<GoogleAnswer>(app, SIGN_IN, { ...sent, variables: { input } });
}

/** A nonce from the server. */
export async function issueNonce(app: App): Promise<string> {
  const document =
    `mutation { issueGoogleNonce { __typename ... on NonceIssued { nonce expiresAt } ${ERROR} } }`;
  return (await mutate<{ nonce: string }>(app, document)).nonce;
}

/** Signs a user in as a page does: with a nonce, and the token from Google's button. */
export async function signInWithGoogle(
  app: App & { google: GoogleEmulator },
  account: AccountInput,
  sent: Sent = {},
  options: IdTokenOptions = {},
) {
  const nonce = await issueNonce(app);
  return await presentToken(app, app.google.issueIdToken(account, { nonce, ...options }), { ...sent, nonce });
}
