import type { EmailCodeFlow, SignedIn, TokenPair, User } from "./answers.ts";
import { type Caller, SallyportError } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

/** The ways in, and the way out. */
export type SignIns = {
  /** Registers; signs in at once who was a guest and took a username. */
  register(input: { username?: string; email?: string; password: string }): Promise<Registered>;
  signInWithPassword(identifier: string, password: string): Promise<SignedIn>;
  /** Has a code mailed. The flow's id is half of the sign-in: keep it for `verifyEmailCode`, and to yourself. */
  requestEmailCode(email: string): Promise<EmailCodeFlow>;
  verifyEmailCode(flowId: string, code: string): Promise<SignedIn>;
  signInAsGuest(): Promise<SignedIn>;
  /** For Google's button (`data-nonce`). */
  issueGoogleNonce(): Promise<{ nonce: string; expiresAt: string }>;
  /** With what Google's button calls `credential`. Whoever is signed in has Google linked. */
  signInWithGoogle(token: string, nonce?: string): Promise<SignedIn>;
  /** Ends the session at the server, and forgets it here when the server has. */
  signOut(): Promise<void>;
  /** Goes on with a session that another client has handed over: it is this one's to renew from now on. */
  adopt(tokens: TokenPair): void;
  /**
   * Gives the session's tokens away and forgets them here; undefined without any. Two that kept them would spend each
   * other's refresh token, and the server would end the session.
   */
  handOver(): Promise<TokenPair | undefined>;
};

export type Registered = { message: string; user: User | null; signedIn: SignedIn | null };

type Issued = SignedIn & { tokens: TokenPair | null };

export function signIns(caller: Caller, session: Session, transport: "TOKENS" | "COOKIE"): SignIns {
  const begun = ({ user, session: facts, tokens }: Issued): SignedIn => {
    if (tokens) session.begin(tokens);
    else session.learn(facts.id);
    return { user, session: facts };
  };
  const signIn = async (query: string, input: Record<string, unknown>): Promise<SignedIn> =>
    begun(await caller.mutate<Issued>(query, { input: { ...input, transport } }));
  return {
    register: async (input) => {
      const registered = await caller.mutate<Registered & { signedIn: Issued | null }>(
        documents.REGISTER,
        { input },
      );
      const { message, user, signedIn } = registered;
      return { message, user, signedIn: signedIn && begun(signedIn) };
    },
    signInWithPassword: (identifier, password) =>
      signIn(documents.SIGN_IN_WITH_PASSWORD, { identifier, password }),
    requestEmailCode: async (email) =>
      (await caller.mutate<{ flow: EmailCodeFlow }>(documents.REQUEST_EMAIL_CODE, { input: { email } })).flow,
    verifyEmailCode: (flowId, code) => signIn(documents.VERIFY_EMAIL_CODE, { flowId, code }),
    signInAsGuest: () => signIn(documents.SIGN_IN_AS_GUEST, {}),
    issueGoogleNonce: () => caller.mutate(documents.ISSUE_GOOGLE_NONCE),
    signInWithGoogle: (token, nonce) => signIn(documents.SIGN_IN_WITH_GOOGLE, { token, nonce }),
    signOut: async () => {
      await caller.done(documents.SIGN_OUT).catch((error) => {
        if (!(error instanceof SallyportError && error.code === "UNAUTHENTICATED")) throw error;
      });
      session.forget();
    },
    adopt: session.begin,
    handOver: session.handOver,
  };
}
