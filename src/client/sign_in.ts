import type {
  EmailCodeFlow,
  PasskeyCeremony,
  Refusal,
  SecondFactorFlow,
  SessionResult,
  SignedIn,
  SignInResult,
  TokenPair,
  User,
} from "./answers.ts";
import { type Caller, SallyportError } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

/** Sign-in methods, registration and sign-out. */
export type SignIns = {
  /** Creates an account. A guest who chooses a username is signed in to it at once. */
  register(input: { username?: string; email?: string; password: string }): Promise<Registered>;
  signInWithPassword(identifier: string, password: string): Promise<SignInOutcome>;
  /** Sends a code by e-mail. Keep the flow's id secret: together with the code, it signs the user in. */
  requestEmailCode(email: string): Promise<EmailCodeFlow>;
  verifyEmailCode(flowId: string, code: string): Promise<SignInOutcome>;
  signInAsGuest(): Promise<SignedIn>;
  /** For Google's button (`data-nonce`). */
  issueGoogleNonce(): Promise<{ nonce: string; expiresAt: string }>;
  /** `token` is the `credential` of Google's button. For a user who is signed in, it links Google to the account. */
  signInWithGoogle(token: string, nonce?: string): Promise<SignInOutcome>;
  /** Starts a sign-in with any passkey of the site. `createPasskeys` of `@sallyport/client/passkeys` does all steps. */
  startPasskeySignIn(): Promise<PasskeyCeremony>;
  /** `response` is the browser's response as JSON. A passkey also proves the second factor. */
  signInWithPasskey(ceremonyId: string, response: unknown): Promise<SignedIn>;
  /** Creates an account whose only sign-in method is the passkey. A guest's account becomes that account. */
  registerWithPasskey(ceremonyId: string, response: unknown, username?: string): Promise<SignedIn>;
  /** Proves a second factor, and completes the challenge of a sign-in or of `startStepUp`. A step-up keeps the session. */
  verifySecondFactor(flowId: string, proof: SecondFactorProof): Promise<SignedIn>;
  /** Ends the session at the server, then forgets it here. */
  signOut(): Promise<void>;
  /** Takes over a session from `handOver` of another client. From now on, this client renews it. */
  adopt(tokens: TokenPair): void;
  /**
   * Returns the session's tokens and forgets them here; undefined without tokens. If two clients kept them, they would
   * reuse each other's refresh token, and the server would end the session.
   */
  handOver(): Promise<TokenPair | undefined>;
};

/**
 * The user and the session; or only a `challenge`, if the user must prove a second factor first: pass its id to
 * `verifySecondFactor` within ten minutes.
 */
export type SignInOutcome =
  | SignedIn & { challenge?: undefined }
  | { challenge: SecondFactorFlow; user?: undefined; session?: undefined };

/** The six digits of an authenticator app, a recovery code, or the browser's response to the flow's `passkeyOptions`. */
export type SecondFactorProof = { totp: string } | { recoveryCode: string } | { passkey: unknown };

export type Registered = { message: string; user: User | null; signedIn: SignedIn | null };

/** The answer to a sign-in, with tokens that are not stored yet. */
type Issued = Omit<Exclude<SessionResult, Refusal>, "__typename">;

export function signIns(
  { mutate, done }: Caller,
  session: Session,
  transport: "TOKENS" | "COOKIE",
): SignIns {
  const store = ({ user, session: facts, tokens }: Issued, replaced?: string): SignedIn => {
    if (tokens) session.begin(tokens, replaced);
    else session.setCookieSession(facts.id);
    return { user, session: facts };
  };
  const finish = (result: Exclude<SignInResult, Refusal>): SignInOutcome =>
    "challenge" in result ? { challenge: result.challenge } : store(result);
  return {
    register: async (input) => {
      const { message, user, signedIn } = await mutate(documents.Register, { input });
      return { message, user, signedIn: signedIn && store(signedIn) };
    },
    signInWithPassword: async (identifier, password) =>
      finish(await mutate(documents.SignInWithPassword, { input: { identifier, password, transport } })),
    requestEmailCode: async (email) => (await mutate(documents.RequestEmailCode, { input: { email } })).flow,
    verifyEmailCode: async (flowId, code) =>
      finish(await mutate(documents.VerifyEmailCode, { input: { flowId, code, transport } })),
    signInAsGuest: async () => store(await mutate(documents.SignInAsGuest, { input: { transport } })),
    issueGoogleNonce: () => mutate(documents.IssueGoogleNonce, {}),
    signInWithGoogle: async (token, nonce) =>
      finish(await mutate(documents.SignInWithGoogle, { input: { token, nonce, transport } })),
    startPasskeySignIn: () => mutate(documents.StartPasskeySignIn, {}),
    signInWithPasskey: async (ceremonyId, response) =>
      store(await mutate(documents.SignInWithPasskey, { input: { ceremonyId, response, transport } })),
    registerWithPasskey: async (ceremonyId, response, username) =>
      store(
        await mutate(documents.RegisterWithPasskey, { input: { ceremonyId, response, username, transport } }),
      ),
    verifySecondFactor: async (flowId, proof) => {
      // Renews expired tokens now, because a step-up returns the newest refresh token of the session.
      await session.accessToken();
      const { refreshToken } = session;
      return store(await mutate(documents.VerifySecondFactor, { input: { flowId, ...proof } }), refreshToken);
    },
    signOut: async () => {
      await done(documents.SignOut, {}).catch((error) => {
        if (!(error instanceof SallyportError && error.code === "UNAUTHENTICATED")) throw error;
      });
      session.forget();
    },
    adopt: (tokens) => session.begin(tokens),
    handOver: session.handOver,
  };
}
