import type { AuthMethod } from "../../src/sign_in/methods.ts";
import { nextMail } from "./callers.ts";
import { requestCode } from "./codes.ts";
import { OUTCOME, type SecondFactorAnswer, signInFirst } from "./factors.ts";
import type { startGoogleApp } from "./google.ts";
import { issueNonce } from "./google_sign_in.ts";
import { mutate } from "./people.ts";

export type GoogleApp = Awaited<ReturnType<typeof startGoogleApp>>;

/** Signs in with one method as the owner of this name and address, from this client. */
export type FirstStep = (
  app: GoogleApp,
  owner: { username: string; email: string },
  client: Pick<GoogleApp, "fetch">,
) => Promise<SecondFactorAnswer & { __typename: string; code?: string }>;

/**
 * The first step of every sign-in method that an account can have. A new method does not compile without its step
 * here; `undefined` is for methods that never lead to an account with factors.
 */
export const FIRST_STEPS: Record<AuthMethod, FirstStep | undefined> = {
  PASSWORD: (_app, { username }, client) => signInFirst(client, username),
  EMAIL_CODE: async (app, { email }, client) => {
    const { flow } = await requestCode(client, email);
    const input = { flowId: flow.id, code: await codeFrom(app, email) };
    const document =
      `mutation ($input: VerifyEmailCodeInput!) { verifyEmailCode(input: $input) { ${OUTCOME} } }`;
    return await mutate<SecondFactorAnswer>(client, document, { variables: { input } });
  },
  GOOGLE: async (app, { email }, client) => {
    const nonce = await issueNonce(client);
    const input = { token: app.google.issueIdToken({ email }, { nonce }), nonce, transport: "TOKENS" };
    const document =
      `mutation ($input: SignInWithGoogleInput!) { signInWithGoogle(input: $input) { ${OUTCOME} } }`;
    return await mutate<SecondFactorAnswer>(client, document, { variables: { input } });
  },
  // A passkey is a factor by itself.
  PASSKEY: undefined,
  // A guest has no other method and cannot add factors.
  GUEST: undefined,
};

/** Waits for the next mail with a code, and returns the code. */
async function codeFrom(app: GoogleApp, email: string): Promise<string> {
  for (;;) {
    const { subject } = await nextMail(app, email);
    const code = /^(\d{6}) is your Sallyport code$/.exec(subject)?.[1];
    if (code !== undefined) return code;
  }
}
