import type { EmailCodeFlow, Refusal, SignedIn, SignInResult, TokenPair, User } from "./answers.ts";
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

/** A session that has begun, before the client keeps its tokens. */
type Issued = Exclude<SignInResult, Refusal>;

export function signIns(
  { mutate, done }: Caller,
  session: Session,
  transport: "TOKENS" | "COOKIE",
): SignIns {
  const begun = ({ user, session: facts, tokens }: Omit<Issued, "__typename">): SignedIn => {
    if (tokens) session.begin(tokens);
    else session.learn(facts.id);
    return { user, session: facts };
  };
  return {
    register: async (input) => {
      const { message, user, signedIn } = await mutate(documents.Register, { input });
      return { message, user, signedIn: signedIn && begun(signedIn) };
    },
    signInWithPassword: async (identifier, password) =>
      begun(await mutate(documents.SignInWithPassword, { input: { identifier, password, transport } })),
    requestEmailCode: async (email) => (await mutate(documents.RequestEmailCode, { input: { email } })).flow,
    verifyEmailCode: async (flowId, code) =>
      begun(await mutate(documents.VerifyEmailCode, { input: { flowId, code, transport } })),
    signInAsGuest: async () => begun(await mutate(documents.SignInAsGuest, { input: { transport } })),
    issueGoogleNonce: () => mutate(documents.IssueGoogleNonce, {}),
    signInWithGoogle: async (token, nonce) =>
      begun(await mutate(documents.SignInWithGoogle, { input: { token, nonce, transport } })),
    signOut: async () => {
      await done(documents.SignOut, {}).catch((error) => {
        if (!(error instanceof SallyportError && error.code === "UNAUTHENTICATED")) throw error;
      });
      session.forget();
    },
    adopt: session.begin,
    handOver: session.handOver,
  };
}
